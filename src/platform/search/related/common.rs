//! Words that reports have in common, or any two texts: what two of them share in these says nothing. Data.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Forms are listed one by one, because a stem may be that of a telling word, too.
const COMMON: &str = "
able action actions additional additionally affected again alert alerts already also always am another
any anyone approximately apr april around ask asked aug august available away back became become before
began begin being below best better both break bring broke broken bst came cannot cause caused causes
causing cest cet change changed clear com come could current currently customer customers day days dec
december degraded detail details detection different done down due during each early edt either else end
enough error errors est even evening event events ever every fail failed failing fails failure failures
feb february few final finally find first five fix fixes follow followed following four fri friday full
fully further gave get give given gmt go goes going gone good got great happen happened happening
happens hour hours however http https if impact incident initial initially into investigate investigated
investigation issue issues ist item items jan january jst jul july jun june just keep kept knew know
known last late later lead leads learned learnt least led left less lessons let like likely little long
longer look looked looking lot made main make makes making many mar march may maybe me mean means
message messages might minute minutes mon monday month months more morning most moved much must near
need needed needs never new next nobody none noon normal note notes nothing notice noticed nov november
now number oct october off often old once one ongoing only onto open order org other others out outage
over own part pdt pending people perhaps place please pm point possible post-mortem postmortem previous
previously problem production pst put quickly quite rather real reason report resolution resolve
resolved restore restored result results right root said same sat saturday saw say says second see seem
seen sep sept september service services set several shall she should show showed side since six slow
small some someone something soon start starting starts state status still stop such summary sun sunday
sure take taken takes taking team tell temporarily ten than thank thanks them then there therefore these
thing things think third those though three through thu thur thurs thursday thus till timeline today
together told tomorrow too took toward tried try trying tue tues tuesday turn turned two unable
unavailable under unless until up update updated updates upon us use used useful user users uses using
usual utc very via want wanted way wed wednesday week weekend weeks well went where whether which while
who whole whom whose why will within without work worked working works would www year years yes
yesterday yet you your
";

/// Whether a word, in small letters, says nothing of what a report is about.
pub(super) fn is_common(word: &str) -> bool {
    static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| COMMON.split_whitespace().collect());
    WORDS.contains(word)
}

#[cfg(test)]
mod tests {
    use super::is_common;

    #[test]
    fn what_any_two_reports_share_is_common() {
        assert!(is_common("monday") && is_common("incident") && is_common("affected"));
        assert!(!is_common("certificate") && !is_common(""));
    }
}
