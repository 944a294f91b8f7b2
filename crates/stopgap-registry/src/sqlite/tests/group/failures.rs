//! Members and groups that fail.

use std::panic::{self, AssertUnwindSafe};

use std::time::Duration;

use super::*;

#[test]
fn a_failing_member_does_not_affect_others() {
    let (_folder, store) = open();
    let commits = count_commits(&store);
    let store = &store;
    let tenant = &name("acme");
    let mut others: Vec<Box<dyn FnOnce() -> _ + Send>> = Vec::new();
    for number in 1..10 {
        others.push(Box::new(move || insert(store, number)));
        // The first change of the member is undone with the second.
        others.push(Box::new(move || {
            let changes = vec![Change::Insert(key(100 + number)), Change::Insert(key(0))];
            store.update(tenant, &Query::default(), &mut |_| Ok(changes.clone()))
        }));
        others.push(Box::new(move || {
            store.update(tenant, &Query::default(), &mut |_| {
                Err(StoreError::Exhausted)
            })
        }));
        // A caller panics after a change.
        others.push(Box::new(move || {
            store.files.get().writer.write(|session| {
                session.run("INSERT INTO keys VALUES ('acme', -1, x'00', 0)")?;
                panic!("a caller panics")
            })
        }));
    }
    let (first, results) = together(store, others);
    first.unwrap();
    for four in results.chunks(4) {
        assert!(matches!(four[0], Ok(Ok(()))));
        assert!(matches!(four[1], Ok(Err(StoreError::Conflict(_)))));
        assert!(matches!(four[2], Ok(Err(StoreError::Exhausted))));
        assert!(four[3].is_err());
    }
    assert_eq!(commits.load(Ordering::SeqCst), 1);
    assert_eq!(stored(store), (0..10).collect::<Vec<_>>());
}

#[test]
fn the_first_may_fail_too() {
    let (_folder, store) = open();
    for number in 0..3 {
        let result = panic::catch_unwind(AssertUnwindSafe(|| {
            store.update(&name("acme"), &Query::default(), &mut |_| match number {
                0 => Ok(vec![Change::Insert(key(1)), Change::Insert(key(1))]),
                1 => Err(StoreError::Exhausted),
                _ => panic!("a caller panics"),
            })
        }));
        assert!(!matches!(result, Ok(Ok(()))));
        assert!(on_writer(&store, |writer| writer.is_autocommit()));
    }
    insert(&store, 7).unwrap();
    assert_eq!(stored(&store), [7]);
}

/// SQLite treats a database that may not grow like a full disk, and undoes the whole
/// transaction.
#[test]
fn a_full_disk_fails_the_whole_group() {
    let (_folder, store) = open();
    insert(&store, 9).unwrap();
    let pages = on_writer(&store, |writer| {
        writer
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .unwrap()
    });
    set(&store, "max_page_count", pages);
    let store = &store;
    let long = Row::new(
        Table::Presets,
        vec![
            "long".into(),
            1_i64.into(),
            "x".repeat(100_000).into(),
            [1].as_slice().into(),
        ],
    );
    let others: Vec<Box<dyn FnOnce() -> _ + Send>> = vec![
        Box::new(move || insert(store, 1)),
        Box::new(move || {
            let change = Change::Insert(long);
            store.update(&name("acme"), &Query::default(), &mut |_| {
                Ok(vec![change.clone()])
            })
        }),
        Box::new(move || store.update(&name("acme"), &Query::default(), &mut |_| Ok(vec![]))),
    ];
    let (first, mut others) = together(store, others);
    let is_full = |result: &Result<()>| matches!(result, Err(StoreError::Full(_)));
    assert!(is_full(&first), "{first:?}");
    assert!(is_full(others[1].as_ref().unwrap()));
    // The other members came before or after the long row.
    let second = others.remove(0).unwrap();
    assert!(second.is_ok() || is_full(&second), "{second:?}");
    assert_eq!(
        stored(store),
        if second.is_ok() { vec![1, 9] } else { vec![9] }
    );

    set(store, "max_page_count", 1_000_000);
    insert(store, 2).unwrap();
}

#[test]
fn a_commit_that_fails_fails_all() {
    let (_folder, store) = open();
    on_writer(&store, |writer| {
        let sql = "CREATE TABLE other (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES other
                   DEFERRABLE INITIALLY DEFERRED)";
        writer.execute_batch(sql).unwrap();
    });
    let store = &store;
    let others: Vec<Box<dyn FnOnce() -> _ + Send>> = vec![
        Box::new(move || {
            store
                .files
                .get()
                .writer
                .write(|session| Ok(session.run("INSERT INTO other VALUES (1, 2)")?))
        }),
        Box::new(move || insert(store, 1)),
        Box::new(move || store.update(&name("acme"), &Query::default(), &mut |_| Ok(vec![]))),
    ];
    let (first, others) = together(store, others);
    assert!(matches!(first, Err(StoreError::Other(_))), "{first:?}");
    for other in others {
        assert!(matches!(other.unwrap(), Err(StoreError::Other(_))));
    }
    assert_eq!(stored(store), [0_i64; 0]);
    // Other processes can write.
    assert!(on_writer(store, |writer| writer.is_autocommit()));
    insert(store, 2).unwrap();
}

#[test]
fn a_lock_of_another_process_is_waited_for_and_named() {
    let (folder, store) = open();
    on_writer(&store, |writer| writer.busy_timeout(Duration::ZERO)).unwrap();
    let other = Connection::open(folder.path().join("stopgap.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|number| {
                scope.spawn({
                    let store = &store;
                    move || insert(store, number)
                })
            })
            .collect();
        for thread in threads {
            let result = thread.join().unwrap();
            assert!(matches!(result, Err(StoreError::Locked(_))), "{result:?}");
        }
    });
    other.execute_batch("ROLLBACK").unwrap();
    insert(&store, 1).unwrap();
    assert_eq!(stored(&store), [1]);
}

/// The state is that after a panic in the commit itself.
#[test]
fn a_transaction_left_open_is_rolled_back() {
    let (_folder, store) = open();
    on_writer(&store, |writer| {
        let sql = "BEGIN IMMEDIATE; INSERT INTO keys VALUES ('acme', 5, x'00', 0)";
        writer.execute_batch(sql).unwrap();
    });
    insert(&store, 1).unwrap();
    assert_eq!(stored(&store), [1]);
}
