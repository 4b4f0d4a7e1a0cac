//! Texts that tell a person or a language model what to do: "ignore all previous instructions", "press Win+R and paste".
//!
//! Sources: OWASP LLM01 (prompt injection) and the published reports on ClickFix pages. One phrase that nobody writes into a record by
//! chance is enough; of phrases that people do write, two must meet.

/// How much a phrase says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// Enough alone.
    Whole,
    /// Two different ones are enough.
    Half,
}
use Weight::{Half, Whole};

#[rustfmt::skip] // a phrase per line would hide the groups
pub(super) const PHRASES: &[(Weight, &[&str])] = &[
    (
        Whole,
        &[
            // To a language model
            "previous instruction", "prior instruction", "above instruction", "earlier instruction", "preceding instruction",
            "previous prompt", "prior prompt", "previous context", "prior context", "previous directive", "prior directive",
            "previous rules", "all instructions", "your instructions", "your guidelines", "your guardrails", "your safety",
            "your training", "your programming", "initial instructions", "original instructions", "system prompt", "hidden prompt",
            "developer mode", "jailbreak", "do anything now", "ignore the above", "disregard the above", "ignore everything above",
            "disregard everything", "forget everything", "forget all", "ignore all previous", "ignore all prior", "new instructions:",
            "updated instructions:", "system override", "admin override", "override your", "you are now a ", "you are now an ", "you are now dan", "you are now in ", "you must now", "as an ai",
            "pretend to be", "pretend you", "roleplay as", "without telling the user",
            "do not tell the user", "don't tell the user", "do not inform the user", "do not mention this", "without informing",
            "without the user", "<|im_start|>", "<|im_end|>", "<|system|>", "[inst]", "<<sys>>", "### instruction", "### system",
            "###instruction", "[system]", "<system>", "\nsystem:", "begin system message", "llm agent", "when summarizing",
            "when you summarize", "call the tool", "exfiltrate",
            // To a person
            "win+r", "win + r", "win-r", "windows+r", "windows + r", "windows key + r", "windows key+r", "windows key and r",
            "super+r", "winkey", "press ctrl+v", "press ctrl + v", "hit ctrl+v", "then ctrl+v", "cmd+space", "command+space",
            "cmd + space", "run dialog", "run box", "paste this", "paste it", "and paste", "copy and run", "run this command",
            "run the following", "execute the following", "enter the following command", "type the following", "copy the following",
            "copy this command", "open powershell", "open terminal", "open a terminal", "open the terminal", "open command prompt",
            "open cmd", "launch powershell", "launch terminal", "i am not a robot", "i'm not a robot", "verify you are human",
            "verify that you are human", "prove you are human", "disable your antivirus", "disable antivirus", "turn off antivirus",
            "disable windows defender", "turn off defender", "as administrator", "your computer is infected", "your computer has been",
            "has been infected", "call microsoft", "enable macros", "all your files", "files have been encrypted",
            "decrypt your files", "your files are encrypted",
        ],
    ),
    (
        Half,
        &[
            "ignore ", "you are now", "act as a ", "act as an ", "disregard ", "forget ", "override ", "bypass ", "instruction", "guideline", "restriction", 
            "assistant", "system:", "ai assistant", "ai agent", "language model", "chatgpt", "tool call", "paste the ",
            "enable content", "respond with", "reply with", "reply only", "output only", "return only", "print the", "reveal ",
            "repeat the", "answer only", "from now on", "do not mention", "send the", "send all", "email the", "conversation",
            "api key", "press ", "ctrl+v", "ctrl + v", "paste ", "press enter", "hit enter",
            "then enter", "captcha", "verification step", "powershell", "command prompt", "click allow", "click run",
            "right-click", "download and", "run it", "to continue", "call support",
            "bitcoin", "infected", 
        ],
    ),
];

/// What the phrases of a text say together.
#[derive(Default)]
pub(super) struct Phrases {
    /// The first phrase of half a weight, and where it begins and ends. The second must be another one, and may not overlap it.
    half: Option<(usize, usize, usize)>,
    pub(super) is_instruction: bool,
}

impl Phrases {
    /// Adds a phrase by its number, with what stands before and after it in a text.
    pub(super) fn add(&mut self, number: usize, weight: Weight, text: &[u8], before: &[u8], after: &[u8]) {
        let is_letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let (start, end) = (before.len(), text.len().saturating_sub(after.len()));
        let last = end.checked_sub(1).and_then(|at| text.get(at));
        // A plural counts.
        let is_longer = is_letter(last) && is_letter(after.first().filter(|next| **next != b's'));
        if is_letter(before.last()) || is_longer {
            return;
        }
        self.is_instruction |= weight == Whole || {
            let (other, first_start, first_end) = *self.half.get_or_insert((number, start, end));
            other != number && (start >= first_end || end <= first_start)
        };
    }
}
