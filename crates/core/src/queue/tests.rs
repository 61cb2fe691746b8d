use proptest::prelude::*;

use super::*;

/// What a reader gets: items by number, gaps by their numbers.
#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Item(u64),
    Gap(Gap),
}

fn queue(items: usize, bytes: usize) -> Queue<Seen> {
    Queue::new(QueueLimits { items, bytes, losses: None })
}

fn push(queue: &Queue<Seen>, number: u64, weight: usize) {
    queue.push(Seen::Item(number), weight, number);
}

fn take_all(queue: &Queue<Seen>) -> Vec<Seen> {
    let mut batch = Vec::new();
    queue.take_now(&mut batch, |gap| Some(Seen::Gap(gap)));
    batch
}

fn gap(lost: u64, first: u64, last: u64) -> Seen {
    Seen::Gap(Gap { lost, first, last })
}

#[test]
fn a_large_item_gets_through_when_nothing_else_waits() {
    let queue = queue(10, 100);
    push(&queue, 1, 1000);
    push(&queue, 2, 1);
    assert_eq!(take_all(&queue), [Seen::Item(1), gap(1, 2, 2)]);
    push(&queue, 3, 1);
    push(&queue, 4, 100);
    assert_eq!(take_all(&queue), [Seen::Item(3), gap(1, 4, 4)]);
    assert_eq!(queue.lost(), 2);
}

#[test]
fn a_full_queue_takes_again_when_a_quarter_is_free() {
    let queue = queue(100, 80);
    (1..=9).for_each(|number| push(&queue, number, 10));
    let mut batch = Vec::new();
    queue.take_some(&mut batch, (1, usize::MAX), &mut |_| None);
    push(&queue, 10, 10);
    queue.take_some(&mut batch, (2, usize::MAX), &mut |_| None);
    push(&queue, 11, 10);
    let rest: Vec<_> = (4..=8).map(Seen::Item).chain([gap(2, 9, 10), Seen::Item(11)]).collect();
    assert_eq!(take_all(&queue), rest);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_lost_more_than_it_bears_is_overrun() {
    let queue: Queue<Seen> = Queue::new(QueueLimits { items: 1, bytes: 100, losses: Some(2) });
    (1..=3).for_each(|number| push(&queue, number, 1));
    let soon = std::time::Duration::from_secs(1);
    assert!(tokio::time::timeout(soon, queue.overrun()).await.is_err(), "two losses are borne");
    push(&queue, 4, 1);
    tokio::time::timeout(soon, queue.overrun()).await.unwrap();
    assert_eq!(queue.figures(), QueueFigures { items: 1, bytes: 1, lost: 3 });
}

proptest! {
    /// Whatever is pushed and taken when: each number is either got or told as lost, once and in order.
    #[test]
    fn nothing_is_lost_untold(steps in prop::collection::vec((1..20_usize, 0..40_usize, 1..30_usize), 1..60)) {
        let queue = queue(50, 400);
        let mut seen = Vec::new();
        let mut number = 0;
        for (pushes, takes, weight) in steps {
            for _ in 0..pushes {
                number += 1;
                push(&queue, number, weight);
            }
            queue.take_some(&mut seen, (takes, 100), &mut |gap| Some(Seen::Gap(gap)));
            let figures = queue.figures();
            prop_assert!(figures.bytes <= 400 && figures.items <= 50);
        }
        seen.extend(take_all(&queue));
        let mut next = 1;
        for one in seen {
            let (first, last) = match one {
                Seen::Item(number) => (number, number),
                Seen::Gap(gap) => {
                    prop_assert_eq!(gap.lost, gap.last - gap.first + 1);
                    (gap.first, gap.last)
                }
            };
            prop_assert_eq!(first, next);
            next = last + 1;
        }
        prop_assert_eq!(next, number + 1);
    }
}
