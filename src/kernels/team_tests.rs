use super::*;

#[test]
fn each_item_is_worked_on_once_in_every_round() {
    for (members, count) in [(1, 3), (2, 0), (2, 1), (2, 2), (2, 5), (3, 7), (8, 3)] {
        let team = Team::new(members);
        let mut items = vec![0; count];
        for round in 0..50 {
            if round == 25 {
                // By now the others sleep.
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            team.each(&mut items, |i, item| *item += i + 1);
        }
        let expected: Vec<usize> = (0..count).map(|i| 50 * (i + 1)).collect();
        assert_eq!(items, expected);
    }
}

#[test]
fn members_work_at_the_same_time() {
    // Each waits for the other, so that one thread alone would never end.
    let met = AtomicUsize::new(0);
    Team::new(2).each(&mut [(), ()], |i, _| {
        if i == 0 {
            while met.load(Ordering::Acquire) == 0 {
                std::thread::yield_now();
            }
        } else {
            met.store(1, Ordering::Release);
        }
    });
}

#[test]
fn who_was_never_helped_works_alone_for_a_while() {
    let team = Team::new(2);
    let own = std::thread::current().id();
    team.late.set(LATE);
    for _ in 0..=ALONE {
        let mut items = [own; 2];
        team.each(&mut items, |_, item| *item = std::thread::current().id());
        assert_eq!(items, [own; 2]);
        assert!(team.others.get().is_none());
    }
    team.each(&mut [(), ()], |_, ()| {});
    assert!(team.others.get().is_some());
}

#[test]
fn a_panic_goes_on_after_the_others_and_the_team_lives() {
    let team = Team::new(2);
    for bad in 0..2 {
        let mut items = [0, 0];
        let caught = catch_unwind(AssertUnwindSafe(|| {
            team.each(&mut items, |i, item| {
                if i == bad {
                    resume_unwind(Box::new("stop"));
                }
                std::thread::sleep(std::time::Duration::from_millis(2));
                *item = 1;
            });
        }));
        assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"stop"));
        assert_eq!(items[1 - bad], 1);
    }
    let mut items = [0, 0];
    team.each(&mut items, |i, item| *item = i);
    assert_eq!(items, [0, 1]);
}

#[test]
fn a_team_is_lent_to_what_is_called_but_not_within_its_own_work() {
    let team = Team::new(2);
    assert_eq!(lent(), 1);
    team.lend(HALF, || {
        assert_eq!(lent(), 2);
        team.each(&mut [(), ()], |_, _| assert_eq!(lent(), 1));
        share(&mut [(), ()], |_| assert_eq!(lent(), 1));
        Team::new(1).lend(HALF, || assert_eq!(lent(), 1));
        assert_eq!(lent(), 2);
    });
    assert_eq!(lent(), 1);
}
