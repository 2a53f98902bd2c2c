//! What is asked about, and proxies do not know.

use anyhow::{Result, bail};
use compiler::analysis::Side;
use compiler::analysis::access::Wanted;

/// A name in another spelling is nobody's to ask for.
pub fn is_to_the_letter(side: &Side<'_>, wanted: &Wanted) -> Result<()> {
    let exact = wanted.namespace.as_ref().zip(wanted.model.as_ref());
    let exact = exact.filter(|(_, model)| !model.ends_with('*'));
    if let Some((namespace, model)) = exact
        && let Some(added) = side.declared.added(namespace, model)
    {
        bail!(
            "requests for `{namespace}/{model}` are refused: servers may take `{added}` off, or add it to another name, and no declared beginning has it: have `{added}*` declared"
        );
    }
    if let Some((namespace, model)) = exact
        && let Some(known) = side.declared.other_spelling(namespace, model)
    {
        bail!(
            "`{namespace}/{model}` is another spelling of `{}`, which servers may take for it, so that requests with it are refused: ask about `{known}`",
            known.entry_name()
        );
    }
    Ok(())
}
