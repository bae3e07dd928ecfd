//! Chooses the groups of four bytes, called grams, by which texts are searched for.

/// How many bytes a gram has. Shorter texts have none.
pub(crate) const GRAM: usize = 4;

/// How far apart the places may be that are looked at, if not each is, and whether to leave texts
/// to another search for that: the longest step saves less than such a search takes.
const LONG_STEPS: [(usize, bool); 3] = [(6, false), (4, true), (2, true)];

/// The maximum number of texts with one gram for each step: so many may be compared at one place of
/// the searched text, on average.
pub(crate) const MOST_AT_ONE_PLACE: usize = 16;

/// The maximum length of a text in bytes: so many may be compared for one text.
pub(crate) const LONGEST: usize = 256;

/// What is added to bytes, so that a small letter and its capital count as one.
const FOLD: u32 = 0x2020_2020;

/// The grams by which texts are searched for.
#[derive(Debug)]
pub(crate) struct Grams {
    /// How far apart the places are at which one of the grams must be.
    pub(crate) step: usize,
    /// In order.
    pub(crate) anchors: Vec<Anchor>,
    /// The numbers of the texts that cannot be searched for: short and long ones, and those with
    /// the grams of many others. In order.
    pub(crate) others: Vec<u32>,
}

/// A gram of a text that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Anchor {
    /// The hash of the gram. No other gram has it.
    pub(crate) hash: u32,
    /// The number of the text.
    pub(crate) text: u32,
    /// Where the gram stands in the text.
    pub(crate) place: u32,
}

impl Grams {
    /// Chooses grams for the longest step with which at most `exceptions` texts cannot be searched
    /// for, or else for the step 1.
    pub(crate) fn of(texts: &[Box<str>], exceptions: usize) -> Self {
        let rarity = Rarity::of(texts);
        let too_short = |step| texts.iter().filter(|text| text.len() < length_for(step)).count();
        for (step, may_leave) in LONG_STEPS {
            let exceptions = if may_leave { exceptions } else { 0 };
            if too_short(step) > exceptions {
                continue;
            }
            let (anchors, others) = anchors(texts, step, &rarity);
            if others.len() <= exceptions {
                return Self { step, anchors, others };
            }
        }
        let (anchors, others) = anchors(texts, 1, &rarity);
        Self { step: 1, anchors, others }
    }
}

/// How long a text must be, so that one of its grams is wherever a step leads.
fn length_for(step: usize) -> usize {
    GRAM + step - 1
}

/// Returns the grams to look for with a step, in order, and the numbers of the texts that cannot be
/// searched for.
fn anchors(texts: &[Box<str>], step: usize, rarity: &Rarity) -> (Vec<Anchor>, Vec<u32>) {
    let (mut anchors, mut others) = (Vec::new(), Vec::new());
    for (number, text) in (0..).zip(texts) {
        match rarity.rarest_grams(text, step) {
            Some(grams) => {
                anchors.extend(grams.map(|(place, gram)| Anchor { hash: hash(gram), text: number, place }))
            }
            None => others.push(number),
        }
    }
    anchors.sort_unstable();
    for same in anchors.chunk_by(|one, other| one.hash == other.hash) {
        others.extend(same.iter().skip(MOST_AT_ONE_PLACE * step).map(|anchor| anchor.text));
    }
    others.sort_unstable();
    others.dedup();
    anchors.retain(|anchor| others.binary_search(&anchor.text).is_err());
    (anchors, others)
}

/// How often the texts have each gram, by its hash.
struct Rarity {
    counts: Vec<u32>,
    shift: u32,
}

impl Rarity {
    fn of(texts: &[Box<str>]) -> Self {
        /// More counts gain nothing.
        const MOST: usize = 1 << 20;
        let grams: usize = texts.iter().map(|text| text.len()).sum();
        let size = (4 * grams).next_power_of_two().clamp(1 << 8, MOST);
        let mut rarity = Self { counts: vec![0; size], shift: u32::BITS - size.trailing_zeros() };
        for text in texts {
            for gram in text.as_bytes().windows(GRAM).map(gram) {
                let count = rarity.count(gram);
                rarity.counts[count] += 1;
            }
        }
        rarity
    }

    /// Where the counter of a gram is.
    fn count(&self, gram: u32) -> usize {
        (hash(gram) >> self.shift) as usize
    }

    /// As many grams of a text, one after the other, as a step needs: those that the fewest texts
    /// have, with their places.
    fn rarest_grams(&self, text: &str, step: usize) -> Option<impl Iterator<Item = (u32, u32)>> {
        let text = if text.len() > LONGEST { &[] } else { text.as_bytes() };
        let commonness = |window: &&[u8]| {
            let of_gram = |gram: &[u8]| {
                let gram = self::gram(gram);
                (self.counts[self.count(gram)], common_letters(gram))
            };
            window.windows(GRAM).map(of_gram).max()
        };
        let windows = (0..).zip(text.windows(length_for(step)));
        let (place, window) = windows.min_by_key(|(_, window)| commonness(window))?;
        Some((place..).zip(window.windows(GRAM).map(gram)))
    }
}

/// How many letters a gram has that most texts have: a gram with few of them is found less often.
fn common_letters(gram: u32) -> usize {
    gram.to_le_bytes().iter().filter(|byte| b"etaoinsrlcdmpu".contains(byte)).count()
}

/// The first gram.
#[inline]
pub(crate) fn gram(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |bytes: &[u8; GRAM]| u32::from_le_bytes(*bytes)) | FOLD
}

/// The upper bits of this product depend on all bits.
#[inline]
pub(crate) fn hash(gram: u32) -> u32 {
    gram.wrapping_mul(0x9e37_79b1)
}
