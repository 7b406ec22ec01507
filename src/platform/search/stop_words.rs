//! Words that say nothing alone: left out of questions when others are there, kept in phrases.

const STOP_WORDS: [&str; 48] = [
    "a", "about", "after", "all", "an", "and", "are", "as", "at", "be", "been", "but", "by", "can",
    "did", "do", "does", "for", "from", "had", "has", "have", "how", "i", "in", "is", "it", "its",
    "my", "no", "not", "of", "on", "or", "our", "so", "that", "the", "their", "they", "this", "to",
    "was", "we", "were", "what", "when", "with",
];

/// Whether a word, in lower case, is one.
pub(super) fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.contains(&word)
}
