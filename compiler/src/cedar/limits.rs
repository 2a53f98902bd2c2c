//! What is refused before cedar-policy reads it: its parser and tree walks use the stack as deep as the text is nested or
//! chained, and an overflow would end the process.

use crate::diagnostic::Diagnostic;
use crate::policy::CedarText;

use super::characters::code;

/// Deepest nesting of brackets and `if`.
const DEEPEST: usize = 32;
/// Most operators, member accesses and clauses of one expression or policy.
const MOST_OPERATORS: usize = 200;
/// Most guardrails: each is compared with the others.
const MOST_POLICIES: usize = 200;

/// What one text may have.
#[derive(Debug, Clone, Copy)]
pub struct Most {
    /// bytes
    pub bytes: usize,
    /// members of all its lists: each is asked about, and compared with all
    pub members: usize,
}

/// Refuses a text that is longer than it may be, nested too deeply or chained too long.
pub fn check(text: &CedarText, most: Most) -> Result<(), Vec<Diagnostic>> {
    let code = code(&text.text);
    let members = members(&code);
    let is_listed = members > most.members;
    let help = if is_listed { GROUP } else { SPLIT };
    let problem = if text.text.len() > most.bytes {
        let (length, most) = (text.text.len(), most.bytes);
        format!("the Cedar text has {length} bytes, the most is {most}")
    } else if is_listed {
        let most = most.members;
        format!("the lists of the Cedar text have {members} members, the most is {most}")
    } else if code.split(';').any(|policy| depth(policy) > DEEPEST) {
        format!("the Cedar text is nested more than {DEEPEST} deep")
    } else if code
        .split(';')
        .any(|policy| operators(policy) > MOST_OPERATORS)
    {
        format!("the Cedar text has more than {MOST_OPERATORS} operators in one policy")
    } else if code.matches(';').count() > MOST_POLICIES {
        format!("the Cedar text has more than {MOST_POLICIES} policies")
    } else {
        return Ok(());
    };
    Err(vec![
        Diagnostic::error("MG0909", text.span, problem).with_help(help),
    ])
}

const SPLIT: &str = "split it, or write sets: `principal in [...]`";
const GROUP: &str = "put people into a group, write models under `models`, or write several rules";

/// The head of a policy has two commas, and what is read by a text in brackets, `context.headers["x"]`, is no list.
fn members(code: &str) -> usize {
    let code: String = code.split_whitespace().collect();
    let count = |sign: &str| code.matches(sign).count();
    let more = count(",") + count("[") - count("[\"\"]") - count(",]");
    more.saturating_sub(2 * count(";"))
}

/// Every `if` counts as a level: `else` need not end it.
fn depth(code: &str) -> usize {
    let mut open = 0_usize;
    let mut deepest = 0;
    for byte in code.bytes() {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest + code.match_indices("if").count()
}

fn operators(code: &str) -> usize {
    // a member is accessed with `[`, too, and a clause is one more part of the policy's condition
    let symbols = [
        "&&", "||", "==", "!=", "<", ">", "+", "-", "*", ".", "!", "[", "{",
    ];
    symbols
        .iter()
        .map(|symbol| code.matches(symbol).count())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(text: &str) -> bool {
        check(
            &CedarText {
                text: text.into(),
                span: Default::default(),
            },
            Most {
                bytes: 65_536,
                members: 500,
            },
        )
        .is_ok()
    }

    #[test]
    fn bounds_nesting_and_chains_but_not_strings() {
        assert!(accepted(&format!(
            "{}true{}",
            "(".repeat(32),
            ")".repeat(32)
        )));
        assert!(!accepted(&format!(
            "{}true{}",
            "(".repeat(33),
            ")".repeat(33)
        )));
        assert!(!accepted(&format!("{}true", "true || ".repeat(201))));
        assert!(!accepted(&format!(
            "{}true",
            "if true then true else ".repeat(33)
        )));
        assert!(!accepted(&format!("context{}", "[\"\"]".repeat(201))));
        assert!(!accepted(&format!(
            "forbid(principal,action,resource){}",
            "when{true}".repeat(201)
        )));
        assert!(accepted(&"forbid(principal,action,resource);".repeat(200)));
        assert!(!accepted(&"forbid(principal,action,resource);".repeat(201)));
        assert!(accepted(&format!(
            "resource.name == \"{}\"",
            "((-\\\"".repeat(300)
        )));
        for end in ["\n", "\r"] {
            assert!(!accepted(&format!("// \"{end}{}", "(".repeat(40))));
        }
        assert!(!accepted(&"x".repeat(65_537)));
        let list = |members: usize| format!("[{}1].contains(2)", "1,".repeat(members - 1));
        assert!(accepted(&list(500)) && !accepted(&list(501)));
        let read = "context.headers [\"x\"] != \"a, b\" && ".repeat(20);
        let ended = list(500).replace("1]", "1, ]");
        assert!(accepted(&format!("{read}{ended}")));
    }
}
