//! Names of members that some decoder or server takes for another one.

/// Members that some server or gateway takes for the model, or for a stored object that was made with one.
const ALIASES: [&str; 25] = [
    "model",
    "previous_response_id",
    "conversation",
    "models",
    "model_name",
    "model_id",
    "modelid",
    "fallbacks",
    "adapter",
    "adapter_id",
    "lora",
    "deployment",
    "deployment_id",
    "engine",
    "target_model",
    "target_model_names",
    "model_list",
    "user_config",
    "context_window_fallbacks",
    "context_window_fallback_dict",
    "content_policy_fallbacks",
    "litellm_params",
    "extra_body",
    "extra_headers",
    "prompt_id",
];

/// Whether a decoder that does not tell cases apart takes `key` for `name`, which is in lower case: as Go's `encoding/json` does,
/// to which the long s and the sign of the kelvin are letters as well.
pub(super) fn is_like(key: &[u8], name: &str) -> bool {
    if key.is_ascii() {
        return key.eq_ignore_ascii_case(name.as_bytes());
    }
    let folded = |letter| match letter {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        _ => letter.to_ascii_lowercase(),
    };
    std::str::from_utf8(key).is_ok_and(|key| key.chars().map(folded).eq(name.chars()))
}

/// Whether it may name a model, or what stands for one.
pub(super) fn may_name_a_model(key: &[u8]) -> bool {
    if key.is_ascii() {
        let is_like = |alias: &&str| key.eq_ignore_ascii_case(alias.as_bytes());
        return ALIASES.iter().any(is_like);
    }
    ALIASES.iter().any(|alias| is_like(key, alias))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_as_go_does() {
        for (key, name, like) in [
            ("model", "model", true),
            ("mOdEL", "model", true),
            ("\u{17f}e\u{17f}\u{17f}ion", "session", true),
            ("fallbac\u{212a}s", "fallbacks", true),
            ("mödel", "model", false),
            ("models", "model", false),
            ("", "model", false),
        ] {
            assert_eq!(is_like(key.as_bytes(), name), like, "{key}");
        }
        assert!(may_name_a_model(b"Target_Model"));
        assert!(!may_name_a_model(b"messages"));
        assert!(!may_name_a_model(b"\xff"));
    }
}
