//! Texts that tell a person or a language model what to do: "ignore all previous instructions", "press Win+R and paste".
//!
//! Sources: OWASP LLM01 (prompt injection) and the published reports on ClickFix pages. One phrase that nobody writes into a record by
//! chance is enough. Of phrases that people do write, one that tells what to do must meet one of what it is about.

/// How much a phrase says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// Enough alone.
    Whole,
    /// What a language model is told to do, and what such words are about: one of each is enough.
    ModelIsTold,
    ModelIsMeant,
    /// The same for a person.
    PersonIsTold,
    PersonIsMeant,
}
use Weight::{ModelIsMeant, ModelIsTold, PersonIsMeant, PersonIsTold, Whole};

#[rustfmt::skip] // a phrase per line would hide the groups
pub(super) const PHRASES: &[(Weight, &[&str])] = &[
    (
        Whole,
        &[
            // To a language model
            "previous instruction", "prior instruction", "above instruction", "earlier instruction", "preceding instruction",
            "previous prompt", "prior prompt", "previous context", "prior context", "previous directive", "prior directive",
            "previous rules", "your guidelines", "your guardrails", "your programming", "initial instructions", "original instructions",
            "system prompt", "hidden prompt", "do anything now", "ignore the above", "disregard the above", "ignore everything above",
            "disregard everything", "forget everything", "ignore all previous", "ignore all prior", "new instructions:",
            "updated instructions:", "system override", "admin override", "you are now a ", "you are now an ", "you are now dan",
            "you are now in ", "pretend to be", "pretend you", "roleplay as", "without telling the user", "do not tell the user",
            "don't tell the user", "do not inform the user", "without the user", "<|im_start|>", "<|im_end|>", "<|system|>", "[inst]",
            "<<sys>>", "### instruction", "### system", "###instruction", "begin system message", "when you summarize",
            // To a person
            "win+r", "win + r", "windows+r", "windows + r", "windows key + r", "windows key+r", "windows key and r", "press ctrl+v",
            "press ctrl + v", "hit ctrl+v", "then ctrl+v", "run this command", "run the following", "execute the following",
            "enter the following command", "i am not a robot", "i'm not a robot", "verify you are human", "verify that you are human",
            "prove you are human", "disable your antivirus", "disable antivirus", "turn off antivirus", "disable windows defender",
            "turn off defender", "your computer is infected", "files have been encrypted", "decrypt your files",
            "your files are encrypted",
        ],
    ),
    (
        ModelIsTold,
        &[
            "ignore ", "disregard ", "forget ", "override ", "bypass ", "you are now", "you must now", "act as a ", "act as an ", "as an ai",
            "respond with", "respond only", "reply only", "output only", "return only", "answer only", "print the", "reveal ", "repeat the",
            "from now on", "do not mention", "reply with", "send all", "exfiltrate", "jailbreak", "developer mode",
        ],
    ),
    (
        ModelIsMeant,
        &[
            "instruction", "guideline", "restriction", "assistant", "system:", "[system]", "<system>", "ai assistant", "ai agent",
            "language model", "chatgpt", "tool call", "call the tool", "conversation", "your training", "your safety", "safety filter",
            "prompt", "api key",
        ],
    ),
    (
        PersonIsTold,
        &["press ", "paste ", "ctrl+v", "ctrl + v", "hit enter", "copy and run", "right-click", "click run", "click allow", "open powershell",
          "open terminal", "open a terminal", "open the terminal", "open command prompt", "open cmd", "launch powershell", "launch terminal",
          "run it", "enable macros", "call support", "call microsoft"],
    ),
    (
        PersonIsMeant,
        &["captcha", "verification step", "powershell", "command prompt", "run dialog", "run box", "winkey", "cmd+space", "command+space",
          "paste this", "paste the command", "as administrator", "is infected", "has been infected", "bitcoin", "then enter",
          "press enter"],
    ),
];

/// What the phrases of a text say together.
#[derive(Default)]
pub(super) struct Phrases {
    /// Of the four kinds of weights below [`Whole`], where the first phrase of each begins and ends.
    halves: [Option<(usize, usize)>; 4],
    pub(super) is_instruction: bool,
}

impl Phrases {
    /// Adds a phrase, with what stands before and after it in a text.
    pub(super) fn add(&mut self, weight: Weight, text: &[u8], before: &[u8], after: &[u8]) {
        let is_letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let (start, end) = (before.len(), text.len().saturating_sub(after.len()));
        let last = end.checked_sub(1).and_then(|at| text.get(at));
        // A plural counts.
        let is_longer = is_letter(last) && is_letter(after.first().filter(|next| **next != b's'));
        if is_letter(before.last()) || is_longer {
            return;
        }
        let (own, other) = match weight {
            Whole => {
                self.is_instruction = true;
                return;
            }
            ModelIsTold => (0, 1),
            ModelIsMeant => (1, 0),
            PersonIsTold => (2, 3),
            PersonIsMeant => (3, 2),
        };
        if let Some(place) = self.halves.get_mut(own) {
            place.get_or_insert((start, end));
        }
        // The two may not overlap.
        let other = self.halves.get(other).copied().flatten();
        self.is_instruction |= other.is_some_and(|(first_start, first_end)| start >= first_end || end <= first_start);
    }
}
