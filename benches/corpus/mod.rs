//! Reports as a large place would have them, and what is asked about them: made up, the same in every run.
//!
//! Words are drawn as rarely as words of a language are (Zipf), of tens of thousands; each report is about one of two dozen
//! ways to fail, in the words of that way, and happens to one of some hundred services. About 7 kB each.

use std::fmt::Write as _;
use std::path::Path;

const OPS: &str = "database primary replica failover latency timeout retry storm cache eviction stampede deploy rollback canary config flag certificate expired tls handshake dns resolver ttl packet loss bgp route leak balancer health pool exhausted connection memory oom killed heap garbage pause cpu throttling disk full inode wal archive replication lag split brain quorum leader election lock contention deadlock migration index query plan regression queue backlog consumer kafka partition rebalance broker rabbitmq redis sentinel memcached shard hotspot rate limit quota autoscaler pod node drain kubernetes scheduler image registry secret rotation credential permission denied iam policy firewall vpn tunnel proxy nginx envoy ingress gateway upstream breaker fallback degraded slo alert pager dashboard metric cardinality log volume tracing sampling clock skew ntp timezone cron batch corruption checksum backup restore snapshot retention cascade schema drift serialization protobuf version dependency kernel panic driver firmware hardware power cooling rack switch fibre maintenance vendor region zone capacity forecast traffic spike crawler flood cdn purge origin webhook idempotency payment refund ledger invoice checkout cart session login oauth token mobile crash thread starvation executor socket ephemeral port search rebuild stale consistency bucket lifecycle";
const COMMON: &str = "the of and to in we that was for on it is with as were by at from this had which be not an but after before when then our are they their have because during while until into more than only some all no any other could would should team service system users customers engineers request requests responses errors error rate time minutes hours incident impact detected started ended resolved mitigated cause contributing factor action item follow owner due review learned lesson went well poorly lucky noticed paged responded joined channel declared commander updated status page graph showed increase decrease normal baseline expected unexpected assumption runbook procedure manual automated test staging production environment change merged released version previous next later earlier first second third again still already finally immediately slowly quickly partially fully";
const SYLLABLES: &str = "ba co de fi gu ha in jo ka lu mo ne or pa qui ra se ti un ve wo xa yo za bri cra dro fle gla pri sta tre";
const FRONT: &str = "pay auth cart ledger search feed media mail notify billing order stock price ship fraud ads edge gate user report";
const BACK: &str =
    "api core worker db cache proxy indexer gateway stream batch web router store sync";
const ENDINGS: [&str; 6] = ["", "", "s", "ed", "ing", "er"];
const PHASES: [&str; 6] = [
    "trigger", "detect", "escalate", "diagnose", "mitigate", "resolve",
];
/// A way to fail, and what is said of it.
const WAYS: [&str; 24] = [
    "expired certificate;tls certificate expired;x509 certificate has expired or is not yet valid;handshake failure;renewal cron silently failed",
    "dns failure;dns resolver timeout;nxdomain;stale ttl;resolver returned servfail;negative caching",
    "failover;primary database failover;replication lag;split brain;promoted replica;stale connections to the old primary",
    "connection pool;connection pool exhausted;too many clients already;remaining connection slots are reserved;leaked connections",
    "cache stampede;thundering herd;cold cache after restart;key expiry aligned;memcached eviction",
    "bad deploy;deploy rolled back;canary skipped;null pointer in new code path;feature flag enabled for everyone",
    "bad configuration;configuration change pushed globally;typo in yaml;validation missing;default value changed",
    "out of memory;oom killer;heap growth;memory leak;exit code 137",
    "disk full;no space left on device;log rotation disabled;inode exhaustion;wal segments accumulated",
    "queue backlog;consumer lag;poison message;partition rebalance loop;dead letter queue",
    "retry storm;metastable failure;exponential backoff missing;amplification;load shedding",
    "network partition;packet loss;bgp route leak;link flap;cross zone traffic",
    "traffic spike;layer seven flood;rate limit bypass;scraping;syn flood",
    "secret rotation;credential rotation;expired token;secret not propagated;permission denied",
    "data corruption;checksum mismatch;accidental delete;restore from backup;double write",
    "clock skew;leap second;ntp drift;daylight saving;token not yet valid",
    "power loss;ups failed;cooling failure;generator did not start;rack overheated",
    "provider outage;vendor api errors;upstream dependency unavailable;no fallback;circuit breaker open",
    "schema migration;schema migration lock;alter table blocked writes;long running transaction;backfill job",
    "slow code;cpu saturation;catastrophic backtracking in a regular expression;query plan regression;hot loop",
    "capacity;capacity forecast wrong;autoscaler hit its maximum;launch traffic;quota exceeded;cold start",
    "crash loop;kernel panic;segmentation fault;poison config;restart storm",
    "thread starvation;thread pool starvation;deadlock;blocking call on the event loop;file descriptor limit",
    "missing alert;alert did not fire;noisy alert ignored;missing metric;dashboard showed green;customer reported first",
];

/// Numbers that look like chance and are the same every time (`SplitMix64`).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    /// From 0 up to 1.
    fn share(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap()) / f64::from(u32::MAX)
    }

    fn of<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// Words, each with the share of all that it and those before it are drawn.
struct Words {
    words: Vec<String>,
    upto: Vec<f64>,
}

impl Words {
    fn new(words: Vec<String>, steepness: f64) -> Self {
        let mut sum = 0.0;
        let upto = (0_u32..).zip(&words).map(|(rank, _)| {
            sum += (f64::from(rank) + 2.7).powf(-steepness);
            sum
        });
        let upto = upto.collect();
        Self { words, upto }
    }

    fn draw(&self, chance: &mut Chance) -> &str {
        let wanted = chance.share() * self.upto.last().unwrap();
        let at = self.upto.partition_point(|upto| *upto < wanted);
        &self.words[at.min(self.words.len() - 1)]
    }
}

/// Makes reports and questions.
pub(crate) struct Corpus {
    words: Words,
    services: Words,
}

impl Corpus {
    pub(crate) fn new() -> Self {
        let mut chance = Chance(20_260_101);
        let syllables: Vec<&str> = SYLLABLES.split(' ').collect();
        let mut words: Vec<String> = COMMON.split(' ').map(str::to_owned).collect();
        let mut made = std::collections::HashSet::new();
        let mut new_word = || loop {
            let count = [2, 3, 3, 4][chance.below(4)];
            let mut word: String = (0..count).map(|_| chance.of(&syllables)).collect();
            word.push_str(chance.of(&ENDINGS));
            if made.insert(word.clone()) {
                return word;
            }
        };
        for known in OPS.split(' ') {
            words.push(known.to_owned());
            words.extend((0..4).map(|_| new_word()));
        }
        words.extend((0..40_000).map(|_| new_word()));
        let services = FRONT
            .split(' ')
            .flat_map(|front| BACK.split(' ').map(move |back| format!("{front}-{back}")));
        Self {
            words: Words::new(words, 1.05),
            services: Words::new(services.collect(), 0.9),
        }
    }

    fn sentence(&self, chance: &mut Chance, about: &[&str], service: &str, words: usize) -> String {
        let mut all: Vec<String> = (0..words)
            .map(|_| self.words.draw(chance).to_owned())
            .collect();
        if chance.share() < 0.3 {
            let at = chance.below(all.len() + 1);
            all.insert(at, chance.of(about).to_owned());
        }
        if chance.share() < 0.12 {
            let at = chance.below(all.len() + 1);
            all.insert(at, service.to_owned());
        }
        let what = chance.share();
        if what < 0.03 {
            all.push(format!("on {service}-{}.eu1.internal", chance.below(40)));
        } else if what < 0.05 {
            let kind = chance.of(&["CONN", "TLS", "POOL", "OOM", "DISK", "AUTH"]);
            all.push(format!("`ERR_{kind}_{}`", 1000 + chance.below(400)));
        } else if what < 0.06 {
            all.push(format!("read_timeout_ms={}", chance.below(5000)));
        }
        let text = all.join(" ");
        let (first, rest) = text.split_at(1);
        format!("{}{rest}.", first.to_uppercase())
    }

    fn paragraph(
        &self,
        chance: &mut Chance,
        about: &[&str],
        service: &str,
        bytes: usize,
    ) -> String {
        let mut text = String::new();
        while text.len() < bytes {
            let words = 7 + chance.below(15);
            text.push_str(&self.sentence(chance, about, service, words));
            text.push(' ');
        }
        text
    }

    /// One report as a document, by its number.
    pub(crate) fn report(&self, number: usize) -> String {
        let mut chance = Chance(u64::try_from(number).unwrap() * 1_000_003);
        let chance = &mut chance;
        let way: Vec<&str> = WAYS[chance.below(WAYS.len())].split(';').collect();
        let (name, about) = way.split_first().unwrap();
        let service = self.services.draw(chance).to_owned();
        let size = 3_000 + chance.below(8_000);
        let (year, month, day) = (
            2014 + chance.below(12),
            1 + chance.below(12),
            1 + chance.below(28),
        );
        let (hour, minutes) = (chance.below(20), 1 + chance.below(180));
        let mut text = format!(
            "---\nid: made-{number}\ntitle: \"{service}: {} {}\"\nseverity: {}\nservices: [{service}]\ntags: [{}]\nstarted_at: {year}-{month:02}-{day:02}T{hour:02}:00:00Z\nresolved_at: {year}-{month:02}-{day:02}T{:02}:{:02}:00Z\n---\n",
            chance.of(about),
            self.words.draw(chance),
            1 + chance.below(4),
            name.replace(' ', "-"),
            hour + minutes / 60,
            minutes % 60,
        );
        for (heading, share) in [("Summary", 10), ("Impact", 12), ("What happened", 40)] {
            let paragraph = self.paragraph(chance, about, &service, size * share / 100);
            write!(text, "\n## {heading}\n\n{paragraph}\n").unwrap();
        }
        text.push_str("\n## Timeline\n\n");
        for step in 0..5 + chance.below(10) {
            let said = self.sentence(chance, about, &service, 8);
            let phase = chance.of(&PHASES);
            writeln!(
                text,
                "- {year}-{month:02}-{day:02} {hour:02}:{:02} UTC [{phase}] {said}",
                step * 4
            )
            .unwrap();
        }
        writeln!(
            text,
            "\n## Contributing factors\n\n- {}\n",
            chance.of(about)
        )
        .unwrap();
        let learned = self.paragraph(chance, about, &service, size * 18 / 100);
        write!(text, "\n## Lessons\n\n{learned}\n").unwrap();
        text
    }

    /// Writes so many reports into a folder; how many bytes they have.
    pub(crate) fn write(&self, folder: &Path, numbers: std::ops::Range<usize>) -> usize {
        std::fs::create_dir_all(folder).unwrap();
        let mut bytes = 0;
        for number in numbers {
            let text = self.report(number);
            bytes += text.len();
            std::fs::write(folder.join(format!("report-{number}.md")), text).unwrap();
        }
        bytes
    }

    /// What people ask: symptoms, a service and its symptom, words out of a report, a phrase, an error, single words.
    pub(crate) fn questions(&self, count: usize) -> Vec<String> {
        let mut chance = Chance(7);
        let chance = &mut chance;
        let ops: Vec<&str> = OPS.split(' ').collect();
        let mut question = || {
            let way: Vec<&str> = WAYS[chance.below(WAYS.len())].split(';').collect();
            let symptom = chance.of(&way).to_owned();
            match chance.below(20) {
                0..5 => format!("{symptom} {}", self.words.draw(chance)),
                5..9 => format!("{} {symptom}", self.services.draw(chance)),
                9..13 => {
                    let words: Vec<&str> = (0..3).map(|_| self.words.draw(chance)).collect();
                    words.join(" ")
                }
                13..15 => format!("\"{symptom}\""),
                15 => format!("ERR_POOL_{}", 1000 + chance.below(400)),
                16..18 => format!("{} {}", chance.of(&ops), chance.of(&ops)),
                _ => format!(
                    "what happened when {symptom} in the {} service",
                    self.services.draw(chance)
                ),
            }
        };
        (0..count).map(|_| question()).collect()
    }
}
