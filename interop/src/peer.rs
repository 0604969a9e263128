//! `jsonwebtoken`.

use std::error::Error;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};

use crate::{Implementation, Request, Token};

pub(crate) struct JsonWebToken {
    private: EncodingKey,
    public: DecodingKey,
    validation: Validation,
}

impl JsonWebToken {
    pub(crate) fn new(request: &Request) -> Result<Self, Box<dyn Error>> {
        let mut validation = Validation::new(Algorithm::ES256);
        validation.required_spec_claims.clear();
        validation.validate_nbf = true;
        validation.validate_aud = false;
        Ok(Self {
            private: EncodingKey::from_ec_pem(request.private_key.as_bytes())?,
            public: DecodingKey::from_ec_pem(request.public_key.as_bytes())?,
            validation,
        })
    }
}

impl Implementation for JsonWebToken {
    fn sign(&self, token: &Token) -> Result<String, Box<dyn Error>> {
        let header = Header { kid: token.kid.clone(), ..Header::new(Algorithm::ES256) };
        Ok(jsonwebtoken::encode(&header, &token.claims, &self.private)?)
    }

    fn verify(&self, token: &str) -> Result<Token, String> {
        let data =
            jsonwebtoken::decode(token, &self.public, &self.validation).map_err(|error| error.to_string())?;
        Ok(Token { kid: data.header.kid, claims: data.claims })
    }
}
