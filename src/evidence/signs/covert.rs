//! Data in what people do not look at: invisible ones, white space that changes, long runs of symbols that say nothing.

use std::sync::OnceLock;

use crate::evidence::content::whole_characters;
use crate::evidence::marks::{CAPITAL, NOT_ASCII, TAB, TWO_SPACES};

/// How a text carries data that nobody reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Covert {
    Invisible,
    WhiteSpace,
    Symbols,
    Letters,
    Case,
    NotUuids,
}

impl Covert {
    /// The name in a sentence.
    pub fn description(self) -> &'static str {
        match self {
            Self::Invisible => "it holds invisible characters, which can carry data",
            Self::WhiteSpace => "its white space changes as if it carried data",
            Self::Symbols => "it is a run of symbols that say nothing",
            Self::Letters => "it is a run of unrelated characters of one script",
            Self::Case => "its letters change between small and capital as if they carried data",
            Self::NotUuids => "its UUIDs have versions that do not exist",
        }
    }
}

/// How a text carries data that nobody reads, if it does. `marks` are its own.
pub fn covert_data(text: &[u8], marks: u8) -> Option<Covert> {
    if marks & NOT_ASCII != 0 {
        return whole_characters(text).and_then(of_characters);
    }
    let case = || if marks & CAPITAL != 0 { of_case(text) } else { None };
    of_spaces(text, marks).or_else(case).or_else(|| of_uuids(text))
}

/// The most frequent Han characters of Chinese, some of Japanese company notices, and the most frequent syllables of Korean: in
/// ordinary sentences one of six is among them.
const COMMON: &str = "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现将外但身些与高意进把法此实回二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关并内加化由却代军产入先山五太水万市眼体别处总才场师书比住员九笑性通目华报立马命张活难神数件安表原车白应路期叫死常提感金何更反合放做系计或司利受光王果亲界及今京务制解各任至清物台象记边共风战干接它许八特觉望直服毛林题建南度统色字请交爱让认算论百吃义科怎元社术结六功指思非流每青管夫连远资队跟带花快条院变联言权往展该领传近留红治决周保达办运武半候七必城父强步完革深区即求品士转量空甚众技轻程告江语英基派满式李息写呢识极令黄德收脸钱党倒未持取设始版双历越史商千片容研像找友孩站广改议形委早房音火际则首单据导影失拿网香似斯专石若兵弟谁校读志飞观争究包组造落视济喜离虽坏河引注這來個國會時說後們為經過學現開發動長對問間業電話東車場樣體點實數應務關產當線機場網站號碼請連絡聯繫株式会社情報日本語東京大学이다의는을를에로가고하지서도사대인구시한문일정";

/// A text may hold thousands, so they are sorted once.
fn is_common(c: char) -> bool {
    static SORTED: OnceLock<Vec<char>> = OnceLock::new();
    let sorted = SORTED.get_or_init(|| {
        let mut all: Vec<char> = COMMON.chars().collect();
        all.sort_unstable();
        all
    });
    sorted.binary_search(&c).is_ok()
}

fn of_characters(text: &str) -> Option<Covert> {
    const MIN_INVISIBLE: usize = 4;
    const MIN_SYMBOLS: usize = 12;
    const MAX_TAGS_OF_FLAG: usize = 6;
    let (mut invisible, mut run, mut longest, mut tags, mut flags, mut spaces) = (0usize, 0usize, 0usize, 0usize, 0usize, 0usize);
    // Ordinary texts repeat a few symbols.
    const MIN_DIFFERENT: usize = 6;
    let mut different: Vec<char> = Vec::new();
    let (mut braille, mut symbols, mut han, mut common, mut syllables, mut others, mut ordinary_spaces) =
        (0usize, 0usize, 0usize, 0usize, 0usize, 0usize, 0usize);
    for c in text.chars() {
        let one = match c {
            // Zero-width characters and joiners, variation selectors, marks of direction, fillers.
            '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{180b}'..='\u{180f}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{3164}'
            | '\u{ffa0}'
            | '\u{34f}'
            | '\u{ad}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{e0100}'..='\u{e01ef}' => {
                invisible = invisible.saturating_add(1);
                run = run.saturating_add(1);
                longest = longest.max(run);
                continue;
            }
            // A flag of a region is a black flag and up to six tags.
            '\u{1f3f4}' => &mut flags,
            '\u{e0000}'..='\u{e007f}' => &mut tags,
            '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => &mut spaces,
            // Braille of six dots is a script; eight dots are a byte.
            '\u{2800}'..='\u{283f}' => &mut braille,
            // Emoji, dingbats, arrows, boxes, Braille, cards, musical signs, mathematical letters, private use, hieroglyphs, cuneiform.
            '\u{1f000}'..='\u{1faff}'
            | '\u{2190}'..='\u{2bff}'
            | '\u{e000}'..='\u{f8ff}'
            | '\u{1d000}'..='\u{1d7ff}'
            | '\u{12000}'..='\u{1467f}'
            | '\u{f0000}'..='\u{10ffff}' => {
                if different.len() < MIN_DIFFERENT && !different.contains(&c) {
                    different.push(c);
                }
                &mut symbols
            }
            '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}' | '\u{f900}'..='\u{faff}' => {
                common = common.saturating_add(usize::from(is_common(c)));
                &mut han
            }
            '\u{a000}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' => {
                common = common.saturating_add(usize::from(is_common(c)));
                &mut syllables
            }
            ' ' | '\n' | '\t' => &mut ordinary_spaces,
            _ => &mut others,
        };
        *one = one.saturating_add(1);
        run = 0;
    }
    let is_mostly = |count: usize| count >= MIN_SYMBOLS && others.saturating_mul(2) <= count;
    // Han, kana and Hangul sentences have common characters, spaces or punctuation.
    let is_unread_han = is_mostly(han) && common.saturating_mul(6) < han;
    let is_unread_script = is_mostly(syllables)
        && others.saturating_add(ordinary_spaces).saturating_mul(16) < syllables
        && common.saturating_mul(12) < syllables;
    if longest >= MIN_INVISIBLE
        || tags >= flags.saturating_mul(MAX_TAGS_OF_FLAG).saturating_add(MIN_INVISIBLE)
        || invisible >= MIN_INVISIBLE.saturating_mul(4)
    {
        Some(Covert::Invisible)
    } else if spaces >= MIN_SYMBOLS {
        Some(Covert::WhiteSpace)
    } else if different.len() >= MIN_DIFFERENT && is_mostly(symbols.saturating_add(braille)) && symbols.saturating_mul(3) >= braille {
        Some(Covert::Symbols)
    } else if is_unread_han || is_unread_script {
        Some(Covert::Letters)
    } else {
        None
    }
}

/// White space that carries bits: one or two spaces between words, a tab or a space, or a long run of both.
fn of_spaces(text: &[u8], marks: u8) -> Option<Covert> {
    const MIN_GAPS: usize = 16;
    const MIN_RUN: usize = 8;
    if text.len() < MIN_RUN {
        return None;
    }
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    if marks & (TAB | TWO_SPACES) == 0 {
        return None;
    }
    let (mut one, mut two, mut tabs, mut mixed) = (0usize, 0usize, 0usize, false);
    for gap in text.chunk_by(|a, b| is_space(a) == is_space(b)).filter(|run| run.first().is_some_and(is_space)) {
        // Columns are aligned with tabs and then spaces. Bits change more often.
        const MIN_CHANGES: usize = 3;
        mixed |=
            gap.len() >= MIN_RUN && gap.windows(2).filter(|two| matches!(two, [a, b] if a != b)).take(MIN_CHANGES).count() == MIN_CHANGES;
        let kind = match gap {
            b" " => &mut one,
            b"\t" => &mut tabs,
            _ => &mut two,
        };
        *kind = kind.saturating_add(1);
    }
    let all = one.saturating_add(two).saturating_add(tabs);
    // In ordinary text nearly all gaps are of one kind. Data needs both: at least a quarter of each.
    let both = |a: usize, b: usize| a.min(b).saturating_mul(4) >= all;
    (mixed || all >= MIN_GAPS && (both(one, two) || both(one, tabs) || both(two, tabs))).then_some(Covert::WhiteSpace)
}

/// Small letters and capitals by turns inside the terms of an SPF record, which people write in one case.
fn of_case(text: &[u8]) -> Option<Covert> {
    const MIN_WORDS: usize = 6;
    if !text.get(..6).is_some_and(|begin| begin.eq_ignore_ascii_case(b"v=spf1")) {
        return None;
    }
    let is_mixed = |word: &&[u8]| {
        let changes = word.windows(2).filter(|two| matches!(two, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase())).count();
        changes >= 1 && !word.iter().any(u8::is_ascii_digit)
    };
    let words = text.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| word.len() >= 3);
    let (mut all, mut mixed) = (0usize, 0usize);
    for word in words {
        all = all.saturating_add(1);
        mixed = mixed.saturating_add(usize::from(is_mixed(&word)));
    }
    (mixed >= MIN_WORDS && mixed.saturating_mul(3) >= all).then_some(Covert::Case)
}

/// UUIDs of random bytes: RFC 9562 fixes six bits, which random bytes have by chance in one of eight.
fn of_uuids(text: &[u8]) -> Option<Covert> {
    const LENGTH: usize = 36;
    const MIN_UUIDS: usize = 3;
    if text.len() < MIN_UUIDS.saturating_mul(LENGTH) {
        return None;
    }
    let (mut all, mut wrong, mut rest) = (0usize, 0usize, text);
    while rest.len() >= LENGTH {
        let Some(hyphen) = memchr::memchr(b'-', rest) else { break };
        let start = hyphen.saturating_sub(8);
        let found = rest.get(start..start.saturating_add(LENGTH)).filter(|one| hyphen >= 8 && is_uuid(one));
        let Some(one) = found else {
            rest = rest.get(hyphen.saturating_add(1)..).unwrap_or_default();
            continue;
        };
        let is_known = matches!(one.get(14), Some(b'1'..=b'8')) && matches!(one.get(19), Some(b'8' | b'9' | b'a' | b'b' | b'A' | b'B'));
        all = all.saturating_add(1);
        wrong = wrong.saturating_add(usize::from(!is_known));
        rest = rest.get(start.saturating_add(LENGTH)..).unwrap_or_default();
    }
    (all >= MIN_UUIDS && wrong.saturating_mul(2) > all).then_some(Covert::NotUuids)
}

fn is_uuid(text: &[u8]) -> bool {
    text.iter().enumerate().all(|(at, byte)| if matches!(at, 8 | 13 | 18 | 23) { *byte == b'-' } else { byte.is_ascii_hexdigit() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::marks::marks_in;

    fn of(text: &str) -> Option<Covert> {
        covert_data(text.as_bytes(), marks_in(text.as_bytes()))
    }

    #[test]
    fn data_in_characters_that_nobody_reads_is_found() {
        let tags: String = "id;ls".bytes().map(|byte| char::from_u32(0xe0000 + u32::from(byte)).unwrap()).collect();
        assert_eq!(of(&format!("a note{tags}")), Some(Covert::Invisible));
        assert_eq!(of("a\u{200b}\u{200c}\u{200b}\u{200b}b"), Some(Covert::Invisible));
        let emoji: String = (0..16).map(|number| char::from_u32(0x1f600 + number * 3).unwrap()).collect();
        assert_eq!(of(&emoji), Some(Covert::Symbols));
        let braille: String = b"cmd /c whoami".iter().map(|byte| char::from_u32(0x2800 + u32::from(*byte)).unwrap()).collect();
        assert_eq!(of(&braille), Some(Covert::Symbols));
        let han: String = (0..20).map(|number| char::from_u32(0x4e00 + number * 977).unwrap()).collect();
        assert_eq!(of(&han), Some(Covert::Letters));
        let hangul: String = (0..24).map(|number| char::from_u32(0xac00 + number * 431).unwrap()).collect();
        assert_eq!(of(&hangul), Some(Covert::Letters));
        let bits = |zero: &str, one: &str| (0..40).fold("v=spf1".to_owned(), |text, n| text + if n % 3 == 0 { one } else { zero } + "mx");
        assert_eq!(of(&bits(" ", "  ")), Some(Covert::WhiteSpace));
        assert_eq!(of(&bits(" ", "\t")), Some(Covert::WhiteSpace));
        assert_eq!(of("note \t  \t\t \t  end"), Some(Covert::WhiteSpace));
        assert_eq!(of("v=sPF1 iNCLuDE:_SpF.saLesfoRce.cOm iNcluDe:aMaZonSes.cOm InCLuDe:mAIlGUn.orG"), Some(Covert::Case));
        let not_random = "636d6420-2f63-2077-686f-616d69202f61,6c6c203e-2025-5445-4d50-255c6f2e7478,74202620-7479-7065-2025-54454d50255c";
        assert_eq!(of(not_random), Some(Covert::NotUuids));
    }

    #[test]
    fn ordinary_texts_with_such_characters_carry_no_data() {
        for text in [
            "Contact hostmaster \u{1f600}\u{1f600}",
            "\u{2800}\u{2801}\u{280b}\u{2817}\u{2817}\u{2805}\u{2803}\u{2817}\u{280a}\u{2805}\u{2803}\u{2813}\u{2813}\u{280a}\u{280b}",
            "请联系管理员，我们的网站正在建设中，谢谢您的来访",
            "このドメインは販売中です。お問い合わせはこちらまで",
            "이 도메인은 판매 중입니다 관리자에게 문의하십시오",
            "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} family",
            "v=spf1 mx  a  ip4:192.0.2.0/24 ip4:198.51.100.1 include:spf.example.com a:a.example.com -all",
            "v=spf1 include:_spf.MailService.com include:spf.SendGrid.net include:Spf.Example.Com -all",
            "V=SPF1 INCLUDE:MAIL.EXAMPLE.COM INCLUDE:SPF.EXAMPLE.NET MX A -ALL",
            "a841ff50-34a4-4ada-9b46-b67f6d09a469,e131a168-e6c5-401b-83ca-4cb638f6817a,bc02a9a2-6770-433b-a9d6-303b9d6dc5ea",
            "a  b  c",
            "도메인판매문의는이메일로연락주시기바랍니다",
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} England fans club",
            "\u{1f389}\u{1f389}\u{1f389}\u{1f389}\u{1f389}\u{1f389}\u{1f389}\u{1f389}\u{1f389}\u{1f389}\u{1f389}\u{1f389} SALE",
            "v=spf1 \t\t      include:spf.example.com -all",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_end_in_a_panic(text: Vec<u8>) {
            covert_data(&text, marks_in(&text));
        }
    }
}
