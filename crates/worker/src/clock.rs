//! How long a run will go on.

/// Below this share the time left would be a guess.
const LEAST_SHARE: f64 = 0.03;
/// Before this many seconds the same.
const LEAST_SECONDS: f64 = 1.0;

/// Seconds left of a run that has done a share of its work in so many seconds; `None` while it cannot be told.
#[must_use]
pub fn seconds_left(done: f64, elapsed: f64) -> Option<f64> {
    let known = done >= LEAST_SHARE && elapsed >= LEAST_SECONDS;
    known.then(|| elapsed * (1.0 - done).max(0.0) / done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_follows_the_share() {
        assert_eq!(seconds_left(0.25, 10.0), Some(30.0));
        assert_eq!(seconds_left(1.0, 10.0), Some(0.0));
        assert_eq!(seconds_left(0.01, 10.0), None);
        assert_eq!(seconds_left(0.5, 0.2), None);
        assert_eq!(seconds_left(0.0, 60.0), None);
    }
}
