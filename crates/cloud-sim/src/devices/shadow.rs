//! A device's shadow: what is wanted, what was reported, when, and which version that is (facts 7.1).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

type Object = Map<String, Value>;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Shadow {
    #[serde(default, skip_serializing_if = "Object::is_empty")]
    pub(crate) desired: Object,
    #[serde(default, skip_serializing_if = "Object::is_empty")]
    pub(crate) reported: Object,
    /// `desired` and `reported`, each with a time in the place of each value.
    pub(crate) metadata: Object,
    pub(crate) version: u64,
}

/// What UpdateDeviceState changes.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Patch {
    pub(crate) desired: Option<Value>,
    pub(crate) reported: Option<Value>,
}

impl Shadow {
    /// Of a device that was onboarded and has not connected yet.
    pub(crate) fn onboarded(tenant_id: &str, id: &str) -> Self {
        let prefix = format!("prod/{tenant_id}/");
        let desired = json!({
            "pairing": {
                "state": "paired",
                "topics": { "d2c": format!("{prefix}m/d/{id}/d2c"), "c2d": format!("{prefix}m/d/{id}/+/r") },
            },
            "nrfcloud_mqtt_topic_prefix": prefix,
        });
        let desired = if let Value::Object(desired) = desired { desired } else { Object::new() };
        Self { desired, version: 1, ..Self::default() }
    }

    /// Merges the members in: objects member by member, all else as a whole; null deletes. `now` in seconds since 1970.
    pub(crate) fn merge(&mut self, patch: &Patch, now: u64) {
        for (name, part, state) in [
            ("desired", &patch.desired, &mut self.desired),
            ("reported", &patch.reported, &mut self.reported),
        ] {
            match part {
                Some(Value::Object(part)) => {
                    let times = self.metadata.entry(name).or_insert_with(|| json!({}));
                    merge(state, part);
                    if let Value::Object(times) = times {
                        merge_times(times, part, now);
                    }
                    if self.metadata.get(name).is_some_and(|times| *times == json!({})) {
                        self.metadata.remove(name);
                    }
                }
                Some(_) => {
                    state.clear();
                    self.metadata.remove(name);
                }
                None => {}
            }
        }
        self.version += 1;
    }

    /// What is desired and was not reported so. There is none before the device has reported anything.
    pub(crate) fn delta(&self) -> Option<Object> {
        if self.reported.is_empty() {
            return None;
        }
        Some(difference(&self.desired, &self.reported)).filter(|delta| !delta.is_empty())
    }

    /// A reported value by its path.
    pub(crate) fn reported_at(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.reported.get(*first)?, |value, name| value.get(name))
    }

    /// As the API shows it: what is not there is absent.
    pub(crate) fn document(&self, with_metadata: bool) -> Value {
        let mut document = json!({ "version": self.version });
        for (name, part) in [("desired", &self.desired), ("reported", &self.reported)] {
            if !part.is_empty() {
                document[name] = Value::Object(part.clone());
            }
        }
        if let Some(delta) = self.delta() {
            document["delta"] = Value::Object(delta);
        }
        if with_metadata {
            document["metadata"] = Value::Object(self.metadata.clone());
        }
        document
    }
}

impl Patch {
    /// Each part is an object, or null to delete the whole part.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        let is_part = |part: &Option<Value>| part.as_ref().is_none_or(Value::is_object);
        if !is_part(&self.desired) || !is_part(&self.reported) {
            return Err("desired and reported must be objects");
        }
        if self.desired.is_none() && self.reported.is_none() {
            return Err("desired or reported must be there");
        }
        Ok(())
    }
}

fn merge(into: &mut Object, part: &Object) {
    for (name, value) in part {
        match (into.get_mut(name), value) {
            (_, Value::Null) => {
                into.remove(name);
            }
            (Some(Value::Object(old)), Value::Object(new)) => merge(old, new),
            (_, value) => {
                into.insert(name.clone(), without_nulls(value));
            }
        }
    }
}

fn merge_times(into: &mut Object, part: &Object, now: u64) {
    for (name, value) in part {
        match (into.get_mut(name), value) {
            (_, Value::Null) => {
                into.remove(name);
            }
            (Some(Value::Object(old)), Value::Object(new)) if !is_time(old) => merge_times(old, new, now),
            (_, value) => {
                into.insert(name.clone(), times(value, now));
            }
        }
    }
}

fn is_time(times: &Object) -> bool {
    times.len() == 1 && times.get("timestamp").is_some_and(Value::is_u64)
}

/// A null inside something new deletes nothing, and nothing is kept of it. An array is taken as it is.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(name, value)| (name.clone(), without_nulls(value))).collect())
        }
        other => other.clone(),
    }
}

fn times(value: &Value, now: u64) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(name, value)| (name.clone(), times(value, now))).collect())
        }
        Value::Array(items) => items.iter().map(|item| times(item, now)).collect(),
        _ => json!({ "timestamp": now }),
    }
}

fn difference(desired: &Object, reported: &Object) -> Object {
    let mut delta = Object::new();
    for (name, wanted) in desired {
        match (wanted, reported.get(name)) {
            (Value::Object(wanted), Some(Value::Object(is))) => {
                let inner = difference(wanted, is);
                if !inner.is_empty() {
                    delta.insert(name.clone(), Value::Object(inner));
                }
            }
            (wanted, Some(is)) if wanted == is => {}
            (wanted, _) => {
                delta.insert(name.clone(), wanted.clone());
            }
        }
    }
    delta
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(value: Value) -> Patch {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn objects_merge_and_null_deletes() {
        let mut shadow = Shadow::onboarded("t", "d");
        shadow.merge(&patch(json!({"reported": {"a": {"b": 1, "c": [1, 2]}, "x": 1}})), 7);
        shadow.merge(&patch(json!({"reported": {"a": {"b": 2, "n": {"deep": null, "e": 5}}, "x": null}})), 9);
        assert_eq!(
            Value::Object(shadow.reported.clone()),
            json!({"a": {"b": 2, "c": [1, 2], "n": {"e": 5}}})
        );
        assert_eq!(
            shadow.metadata["reported"],
            json!({"a": {
                "b": {"timestamp": 9}, "c": [{"timestamp": 7}, {"timestamp": 7}], "n": {"e": {"timestamp": 9}},
            }})
        );
        assert_eq!(shadow.version, 3);
        shadow.merge(&patch(json!({"reported": {"a": null}})), 10);
        let document = shadow.document(true);
        assert_eq!((document.get("reported"), &document["metadata"]), (None, &json!({})));
    }

    #[test]
    fn the_delta_is_what_is_missing() {
        let mut shadow = Shadow::default();
        shadow.merge(&patch(json!({"desired": {"a": {"b": 1, "c": 2}, "d": 3}})), 0);
        assert_eq!(shadow.delta(), None, "nothing was reported yet");
        shadow.merge(&patch(json!({"reported": {"a": {"b": 1, "c": 1}, "z": 0}})), 0);
        assert_eq!(shadow.delta().map(Value::Object), Some(json!({"a": {"c": 2}, "d": 3})));
        shadow.merge(&patch(json!({"reported": {"a": {"c": 2}, "d": 3}})), 0);
        assert_eq!(shadow.delta(), None);
    }
}
