//! What was worked out for one version of something, kept in memory while there is room.
//!
//! Why: completing a search means reading the texts it found, and a report's page means drawing it. Both depend on
//! nothing but the report's `rev`, which Postgres is asked for every time.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

/// Bytes kept by [`Memory::default`].
const ROOM: usize = 64 * 1024 * 1024;

/// Which state of something: its `rev`, and the transaction that made it. The number alone would come again for another
/// text in a database that was restored while the server ran.
pub type Version = (i64, i64);

/// What a value is about: something with an id, seen from some side.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    id: i64,
    side: Option<Arc<str>>,
}

impl From<i64> for Subject {
    /// All of it.
    fn from(id: i64) -> Self {
        Self { id, side: None }
    }
}

impl Subject {
    /// As this question sees it, for example.
    pub fn seen(id: i64, side: &Arc<str>) -> Self {
        let side = Some(Arc::clone(side));
        Self { id, side }
    }
}

/// Keeps values of any type by what they are about and its version; those not asked for the longest go first. A handle:
/// clones share what is kept.
#[derive(Clone)]
pub struct Memory {
    room: usize,
    kept: Arc<Mutex<Kept>>,
}

struct Kept {
    values: LruCache<(TypeId, Subject), Entry>,
    size: usize,
}

struct Entry {
    version: Version,
    size: usize,
    value: Arc<dyn Any + Send + Sync>,
}

impl Default for Memory {
    fn default() -> Self {
        Self::new(ROOM)
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory")
            .field("room", &self.room)
            .field("size", &self.kept().size)
            .finish_non_exhaustive()
    }
}

impl Memory {
    /// Room for about this many bytes.
    pub fn new(room: usize) -> Self {
        let values = LruCache::unbounded();
        Self {
            room,
            kept: Arc::new(Mutex::new(Kept { values, size: 0 })),
        }
    }

    /// The value kept for this very version.
    pub fn get<T: Any + Send + Sync>(
        &self,
        about: impl Into<Subject>,
        version: Version,
    ) -> Option<Arc<T>> {
        let key = (TypeId::of::<T>(), about.into());
        let mut kept = self.kept();
        let entry = kept.values.get(&key)?;
        if entry.version != version {
            return None;
        }
        Arc::clone(&entry.value).downcast().ok()
    }

    /// The value kept, of whatever version: the caller finds out whether it is still the one.
    pub fn latest<T: Any + Send + Sync>(&self, about: impl Into<Subject>) -> Option<Arc<T>> {
        let key = (TypeId::of::<T>(), about.into());
        let value = Arc::clone(&self.kept().values.get(&key)?.value);
        value.downcast().ok()
    }

    /// Keeps a value of about `size` bytes, instead of any other version. One that would take more than an eighth of
    /// the room is not kept.
    pub fn keep<T: Any + Send + Sync>(
        &self,
        about: impl Into<Subject>,
        version: Version,
        size: usize,
        value: Arc<T>,
    ) {
        if size > self.room / 8 {
            return;
        }
        let key = (TypeId::of::<T>(), about.into());
        let mut kept = self.kept();
        let entry = Entry {
            version,
            size,
            value,
        };
        kept.size += size;
        if let Some(old) = kept.values.put(key, entry) {
            kept.size -= old.size;
        }
        while kept.size > self.room {
            let Some((_, oldest)) = kept.values.pop_lru() else {
                break;
            };
            kept.size -= oldest.size;
        }
    }

    /// A panic while the lock was held leaves nothing half done that matters: at worst a size is off.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_for_one_version_of_one_type() {
        let memory = Memory::new(1000);
        memory.keep(1, (7, 100), 10, Arc::new("seven".to_owned()));
        memory.keep(1, (7, 100), 10, Arc::new(7_u8));
        assert_eq!(*memory.get::<String>(1, (7, 100)).unwrap(), "seven");
        assert_eq!(*memory.get::<u8>(1, (7, 100)).unwrap(), 7);
        assert!(memory.get::<String>(1, (8, 101)).is_none());
        assert!(memory.get::<String>(2, (7, 100)).is_none());
        let side = Arc::from("dns");
        assert!(
            memory
                .get::<u8>(Subject::seen(1, &side), (7, 100))
                .is_none()
        );
        memory.keep(Subject::seen(1, &side), (7, 100), 10, Arc::new(9_u8));
        let seen = memory.get::<u8>(Subject::seen(1, &Arc::from("dns")), (7, 100));
        assert_eq!(*seen.unwrap(), 9);
        assert_eq!(*memory.get::<u8>(1, (7, 100)).unwrap(), 7);
        // Restored to 6, and made 7 again by somebody else.
        assert!(memory.get::<String>(1, (7, 102)).is_none());
        memory.keep(1, (8, 101), 10, Arc::new("eight".to_owned()));
        assert_eq!(*memory.latest::<String>(1).unwrap(), "eight");
        assert!(memory.latest::<String>(2).is_none());
        assert_eq!(*memory.get::<String>(1, (8, 101)).unwrap(), "eight");
        assert!(memory.get::<String>(1, (7, 100)).is_none());
    }

    #[test]
    fn what_was_not_asked_for_the_longest_makes_room() {
        let memory = Memory::new(800);
        for id in 0..8 {
            memory.keep(id, (1, 1), 100, Arc::new(id));
        }
        assert!(memory.get::<i64>(0, (1, 1)).is_some());
        memory.keep(8, (1, 1), 100, Arc::new(8_i64));
        assert!(memory.get::<i64>(0, (1, 1)).is_some());
        assert!(memory.get::<i64>(1, (1, 1)).is_none());
        assert!(memory.get::<i64>(8, (1, 1)).is_some());
        memory.keep(9, (1, 1), 101, Arc::new(9_i64));
        assert!(
            memory.get::<i64>(9, (1, 1)).is_none(),
            "too large for the room"
        );
    }
}
