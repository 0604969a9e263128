//! The credential store's commands.

use alloc::format;
use alloc::string::{String, ToString as _};

use super::{Command, CommandError, Expects, check_argument};
use crate::credential::{CredentialType, SecTag};
use crate::keygen::{KeygenRequest, KeygenResponse};

impl Command {
    /// `AT%CMNG=1[,<sec_tag>[,<type>]]`: the list of slots.
    #[must_use]
    pub fn list_credentials(filter: Option<(SecTag, Option<CredentialType>)>) -> Self {
        let text = match filter {
            None => "AT%CMNG=1".to_string(),
            Some((sec_tag, None)) => format!("AT%CMNG=1,{sec_tag}"),
            Some((sec_tag, Some(kind))) => format!("AT%CMNG=1,{sec_tag},{}", kind.number()),
        };
        Self::built(text, Expects::PrefixedList("%CMNG"), 10).repeatable()
    }

    /// `AT%CMNG=0,<sec_tag>,<type>,"<content>"`: a write.
    ///
    /// # Errors
    /// [`CommandError`] if the content is empty, holds a quote or a byte that the AT host would not pass on
    /// unchanged, or makes the line too long. The content itself is not in the error.
    pub fn write_credential(
        sec_tag: SecTag,
        kind: CredentialType,
        content: &str,
    ) -> Result<Self, CommandError> {
        if content.is_empty() {
            return Err(CommandError::Empty { field: "content" });
        }
        check_argument("content", content, true)?;
        let head = format!("AT%CMNG=0,{sec_tag},{},", kind.number());
        // One allocation of the final size: a growing String would leave copies of a key behind.
        let mut text = String::with_capacity(head.len() + content.len() + 2);
        text.push_str(&head);
        text.push('"');
        text.push_str(content);
        text.push('"');
        Self::new(text, Expects::Nothing, 15)
    }

    /// `AT%CMNG=2,<sec_tag>,<type>`: a read.
    #[must_use]
    pub fn read_credential(sec_tag: SecTag, kind: CredentialType) -> Self {
        let text = format!("AT%CMNG=2,{sec_tag},{}", kind.number());
        Self::built(text, Expects::PrefixedText("%CMNG"), 10).repeatable().with_secret_reply()
    }

    /// `AT%CMNG=3,<sec_tag>,<type>`: a delete.
    #[must_use]
    pub fn delete_credential(sec_tag: SecTag, kind: CredentialType) -> Self {
        Self::built(format!("AT%CMNG=3,{sec_tag},{}", kind.number()), Expects::Nothing, 15)
    }

    /// `AT%KEYGEN=<sec_tag>,2,<response>[,"<attributes>"]`: a new client private key. Never repeated by itself: when
    /// the answer is lost the key is stored all the same.
    ///
    /// # Errors
    /// [`CommandError`] if the attributes hold a quote, a control character or no character at all.
    pub fn keygen(
        sec_tag: SecTag,
        response: KeygenResponse,
        attributes: Option<&str>,
    ) -> Result<Self, CommandError> {
        let attributes = attributes.map(String::from);
        Self::keygen_with(&KeygenRequest { attributes, ..KeygenRequest::new(sec_tag, response) })
    }

    /// `AT%KEYGEN` in all its forms.
    ///
    /// # Errors
    /// As [`keygen`](Self::keygen).
    pub fn keygen_with(request: &KeygenRequest) -> Result<Self, CommandError> {
        let mut text = format!("AT%KEYGEN={},{}", request.sec_tag, request.response.parameters());
        match (&request.attributes, request.key_usage) {
            (Some(attributes), _) => {
                if attributes.is_empty() {
                    return Err(CommandError::Empty { field: "attributes" });
                }
                check_argument("attributes", attributes, false)?;
                text.push_str(&format!(",\"{attributes}\""));
            }
            (None, Some(_)) => text.push(','),
            (None, None) => {}
        }
        if let Some(key_usage) = request.key_usage {
            text.push_str(&format!(",\"{key_usage}\""));
        }
        Self::new(text, Expects::Prefixed("%KEYGEN"), 30)
    }

    /// `AT%CERTEXPIRY=<sec_tag>,<type>`: from when until when a certificate is valid.
    #[must_use]
    pub fn certificate_validity(sec_tag: SecTag, kind: CredentialType) -> Self {
        let text = format!("AT%CERTEXPIRY={sec_tag},{}", kind.number());
        Self::built(text, Expects::Prefixed("%CERTEXPIRY"), 10).repeatable()
    }
}
