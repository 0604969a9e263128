//! `jwt-core`, with keys of either back end.

use std::error::Error;

use jwt_core::{Claims, Header, Rules, Signature, Signer, UntrustedToken, Verifier};
use serde_json::{Map, Value};

use crate::{Implementation, Token};

pub(crate) struct Ours<S, V> {
    pub(crate) private: S,
    pub(crate) public: V,
    pub(crate) now: u64,
}

impl<S: Signer<Signature>, V: Verifier<Signature>> Implementation for Ours<S, V> {
    fn sign(&self, token: &Token) -> Result<String, Box<dyn Error>> {
        let header = token.kid.as_deref().map_or(Header::new(), |kid| Header::new().with_kid(kid));
        let mut claims = Claims::new();
        let mut custom = Map::new();
        let mut audiences = Vec::new();
        for (name, value) in &token.claims {
            let text = || value.as_str().ok_or_else(|| format!("`{name}` is no string"));
            let time = || value.as_u64().ok_or_else(|| format!("`{name}` is no time"));
            claims = match name.as_str() {
                "iss" => claims.iss(text()?),
                "sub" => claims.sub(text()?),
                "jti" => claims.jti(text()?),
                "exp" => claims.exp(time()?),
                "nbf" => claims.nbf(time()?),
                "iat" => claims.iat(time()?),
                "aud" => match value.as_array() {
                    Some(several) => {
                        audiences.extend(several.iter().filter_map(Value::as_str));
                        claims
                    }
                    None => claims.aud(text()?),
                },
                _ => {
                    custom.insert(name.clone(), value.clone());
                    claims
                }
            };
        }
        if !audiences.is_empty() {
            claims = claims.aud_many(&audiences);
        }
        Ok(jwt_core::sign_to_string(&header, &claims.custom(custom), &self.private)?)
    }

    fn verify(&self, token: &str) -> Result<Token, String> {
        let mut payload = [0; jwt_core::MAX_TOKEN_LEN];
        let parsed = UntrustedToken::parse(token).map_err(|error| error.to_string())?;
        let verified = parsed.verify(&self.public, &mut payload).map_err(|error| error.to_string())?;
        verified.validate(&Rules::at(self.now)).map_err(|reasons| reasons.to_string())?;
        let claims = serde_json::from_str(verified.claims().json()).map_err(|error| error.to_string())?;
        Ok(Token { kid: parsed.kid().map(|kid| kid.to_string()), claims })
    }
}
