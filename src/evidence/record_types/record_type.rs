//! The types of which the table of record types consists.

/// What a record is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    Email,
    /// A proof of ownership that names its vendor.
    Verification,
    /// A bare token. Only its name in the zone says whose it is.
    Token,
    Http,
    Identity,
    Infrastructure,
    Reputation,
    Device,
    /// Words for people.
    Text,
}

impl Group {
    /// The name in the model card and in training data.
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Verification => "verification",
            Self::Token => "token",
            Self::Http => "http",
            Self::Identity => "identity",
            Self::Infrastructure => "infrastructure",
            Self::Reputation => "reputation",
            Self::Device => "device",
            Self::Text => "text",
        }
    }
}

/// How a text is recognised.
#[derive(Clone, Copy)]
pub enum Check {
    /// A regular expression that must match the whole text. It may use the names of [`super::patterns::PIECES`] in braces.
    Pattern(&'static str),
    /// A parser, and its name.
    Rule(&'static str, fn(&[u8]) -> bool),
}

/// How records of a type begin. A text that begins so without being valid is a broken record of that type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// `name=value` or `name:value`.
    Name(&'static str),
    /// A version and the separator between the parts after it: `v=spf1` and a space.
    Version(&'static str, char),
}

impl Prefix {
    /// The characters that a text must begin with.
    pub fn text(self) -> &'static str {
        match self {
            Self::Name(text) | Self::Version(text, _) => text,
        }
    }

    /// What stands between the parts after a version.
    pub fn separator(self) -> Option<char> {
        match self {
            Self::Name(_) => None,
            Self::Version(_, separator) => Some(separator),
        }
    }
}

/// The part of a valid record that its publisher may choose, and where a payload can hide without breaking the format. The
/// words complete the sentence "data could still hide in its …".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FreePart {
    /// No part can be chosen.
    Nothing,
    /// One token of an exact alphabet and length.
    Token,
    /// A token, key, digest or identifier: it always looks encoded.
    Opaque(&'static str),
    /// Names, paths, addresses or words. Encoded characters in it are unusual.
    Plain(&'static str),
}

impl FreePart {
    /// Its kind, without the words.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Token => "token",
            Self::Opaque(_) => "opaque",
            Self::Plain(_) => "plain",
        }
    }

    /// The words for it; `None` if no part can be chosen.
    pub fn description(self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::Token => Some("token"),
            Self::Opaque(words) | Self::Plain(words) => Some(words),
        }
    }
}

/// One known record type.
#[derive(Clone, Copy)]
pub struct RecordType {
    /// The value of `txt_type`.
    pub name: &'static str,
    pub group: Group,
    pub check: Check,
    pub prefixes: &'static [Prefix],
    /// Valid records of this type, written for this table.
    pub examples: &'static [&'static str],
    /// Near misses: texts that are not of this type, among them the ways in which an attacker would abuse its format.
    pub counterexamples: &'static [&'static str],
    pub free_part: FreePart,
    /// The RFC, specification or vendor page that defines the format, or a note that only public zones show it.
    pub reference: &'static str,
}

/// Names that are not written as their `txt_type`.
const TITLES: [(&str, &str); 36] = [
    ("acme", "ACME challenge"),
    ("arn", "Amazon resource name"),
    ("asn_compact", "ASN record"),
    ("asn_name", "ASN name"),
    ("asn_origin", "ASN origin"),
    ("atps", "DKIM ATPS"),
    ("bimi", "BIMI"),
    ("caa_text", "CAA data"),
    ("did", "decentralized identifier"),
    ("dkim", "DKIM"),
    ("dkim_report", "DKIM report"),
    ("dmarc", "DMARC"),
    ("dns_sd", "DNS-SD"),
    ("dnsbl", "DNS block list answer"),
    ("dnscrypt_cert", "DNSCrypt certificate"),
    ("dnslink", "DNSLink"),
    ("enr", "Ethereum node record"),
    ("ens", "Ethereum Name Service"),
    ("ip_list", "IP list"),
    ("mta_sts", "MTA-STS"),
    ("oarc_test", "DNS-OARC test"),
    ("parking", "parking notice"),
    ("sender_id", "Sender ID"),
    ("spf", "SPF"),
    ("ssh_key", "SSH key"),
    ("tls_rpt", "TLS-RPT"),
    ("tlsa_text", "TLSA data"),
    ("url", "URL"),
    ("uuid", "UUID"),
    ("vbr", "Vouch By Reference"),
    ("verification:enrollment", "device enrollment"),
    ("verification:other", "ownership proof"),
    ("verification:rare_names", "ownership proof"),
    ("version", "software version"),
    ("wpad", "WPAD"),
    ("xmpp", "XMPP"),
];

impl RecordType {
    /// Whether the free part of a valid record looks encoded.
    pub fn has_opaque_value(&self) -> bool {
        matches!(self.free_part, FreePart::Token | FreePart::Opaque(_))
    }

    /// The name in a sentence: `SPF`, `google verification`, `ip list`.
    pub fn title(&self) -> String {
        if let Some((_, title)) = TITLES.iter().find(|(name, _)| *name == self.name) {
            return (*title).to_owned();
        }
        match self.name.strip_prefix("verification:") {
            Some(vendor) => format!("{} verification", vendor.replace('_', " ")),
            None => self.name.replace('_', " "),
        }
    }
}
