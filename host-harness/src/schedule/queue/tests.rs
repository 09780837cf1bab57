use super::*;
use proptest::prelude::*;

fn task(id: &str, dataset: &str, needs: &[&str]) -> Task {
    Task {
        id: id.into(),
        dataset: dataset.into(),
        needs: needs.iter().map(|need| (*need).to_owned()).collect(),
        quota: None,
        parallel: 1,
        background: false,
        estimate: None,
    }
}

fn manifest(datasets: &[&str]) -> Manifest {
    crate::schedule::tests::manifest(datasets)
}

fn started(queue: &mut Queue) -> Vec<(usize, String)> {
    std::iter::from_fn(|| queue.start_next()).map(|(index, task)| (index, task.id)).collect()
}

#[test]
fn a_task_starts_when_all_tasks_of_its_needed_dataset_have_ended() {
    let mut first = task("people/1", "people", &[]);
    first.parallel = 2;
    let second = Task { id: "people/2".into(), ..first.clone() };
    let mut queue = Queue::new(vec![task("advice", "advice", &["people"]), first, second], 8);
    assert_eq!(started(&mut queue), [(1, "people/1".into()), (2, "people/2".into())]);
    queue.end(1);
    assert_eq!(started(&mut queue), []);
    queue.end(2);
    assert_eq!(started(&mut queue), [(0, "advice".into())]);
}

#[test]
fn a_needed_dataset_without_a_task_in_this_run_is_not_waited_for() {
    let mut queue = Queue::new(vec![task("advice", "advice", &["people"])], 8);
    assert_eq!(started(&mut queue), [(0, "advice".into())]);
}

#[test]
fn tasks_of_one_dataset_run_one_at_a_time_unless_they_say_otherwise() {
    let tasks = vec![task("day/1", "day", &[]), task("day/2", "day", &[])];
    let mut queue = Queue::new(tasks, 8);
    assert_eq!(started(&mut queue).len(), 1);
    queue.end(0);
    assert_eq!(started(&mut queue), [(1, "day/2".into())]);
}

#[test]
fn the_background_may_build_a_partition_again_when_all_that_it_needs_has_ended() {
    let behind = |task: Task| Task { background: true, ..task };
    let tasks = vec![
        task("day/new", "day", &[]),
        task("sum", "sum", &["day"]),
        behind(task("day/old", "day", &[])),
        behind(task("sum", "sum", &["day"])),
    ];
    assert_eq!(check(&tasks, &manifest(&["day", "sum"])), Ok(()));
    let mut queue = Queue::new(tasks, 8);
    for expected in ["day/new", "sum", "day/old", "sum"] {
        let ready = started(&mut queue);
        assert_eq!(ready.iter().map(|(_, id)| id.as_str()).collect::<Vec<_>>(), [expected]);
        queue.end(ready[0].0);
    }
    assert!(queue.waiting().is_empty());
}

#[test]
fn background_tasks_wait_for_everything_in_the_foreground_and_nothing_waits_for_them() {
    let backfill = Task { background: true, ..task("day/old", "day", &[]) };
    let tasks = vec![backfill, task("day/new", "day", &[]), task("advice", "advice", &["day"])];
    let mut queue = Queue::new(tasks, 8);
    assert_eq!(started(&mut queue), [(1, "day/new".into())]);
    queue.end(1);
    assert_eq!(started(&mut queue), [(2, "advice".into())]);
    assert!(!queue.foreground_ended());
    queue.end(2);
    assert!(queue.foreground_ended());
    assert_eq!(started(&mut queue), [(0, "day/old".into())]);
}

#[test]
fn the_waiting_tasks_of_a_refused_dataset_end_at_once() {
    let tasks = vec![task("day/1", "day", &[]), task("day/2", "day", &[]), task("advice", "advice", &["day"])];
    let mut queue = Queue::new(tasks, 8);
    assert_eq!(started(&mut queue).len(), 1);
    queue.end(0);
    let ended: Vec<_> = queue.end_waiting("day").into_iter().map(|task| task.id).collect();
    assert_eq!(ended, ["day/2"]);
    assert_eq!(started(&mut queue), [(2, "advice".into())]);
}

#[test]
fn a_defect_of_the_plan_is_named() {
    let known = manifest(&["a", "b"]);
    let message = |tasks: &[Task]| check(tasks, &known).unwrap_err().to_string();
    assert_eq!(message(&[task("x", "a", &[]), task("x", "a", &[])]), "the plan holds the task `x` twice");
    assert_eq!(message(&[task("x", "c", &[])]), "the task `x` is of the dataset `c`, which the manifest does not have");
    assert_eq!(
        message(&[task("x", "a", &["c"])]),
        "the task `x` needs the dataset `c`, which the manifest does not have"
    );
    let quota = Task { quota: Some("q".into()), ..task("x", "a", &[]) };
    assert_eq!(message(&[quota]), "the task `x` names the quota `q`, which the manifest does not have");
    assert_eq!(
        message(&[task("x", "a", &["b"]), task("y", "b", &["a"])]),
        "these tasks wait for each other and none can start: x, y"
    );
    assert_eq!(check(&[task("x", "a", &["a"])], &known), Err(PlanDefect::Cycle(vec!["x".into()])));
    assert_eq!(check(&[task("x", "a", &["b"]), task("y", "b", &[])], &known), Ok(()));
}

/// Tasks of twelve datasets, each needing only datasets of lower number, so that there is no cycle.
fn acyclic() -> impl Strategy<Value = Vec<Task>> {
    let one = (0_usize..12, proptest::collection::vec(0_usize..12, 0..4), 0_u16..4, any::<bool>());
    proptest::collection::vec(one, 0..40).prop_map(|drafts| {
        let tasks = drafts.into_iter().enumerate().map(|(number, (dataset, needs, parallel, background))| Task {
            id: format!("task-{number}"),
            dataset: format!("dataset-{dataset}"),
            needs: needs.into_iter().filter(|need| *need < dataset).map(|need| format!("dataset-{need}")).collect(),
            quota: None,
            parallel,
            background,
            estimate: None,
        });
        tasks.collect()
    })
}

proptest! {
    #[test]
    fn no_task_starts_before_its_needs_ended_and_every_task_ends_once(
        tasks in acyclic(),
        at_once in 0_usize..9,
        choices in proptest::collection::vec(any::<prop::sample::Index>(), 200),
    ) {
        let mut queue = Queue::new(tasks.clone(), at_once);
        let mut running: Vec<usize> = Vec::new();
        let mut ended: Vec<usize> = Vec::new();
        let mut choices = choices.into_iter();
        loop {
            while let Some((index, begun)) = queue.start_next() {
                prop_assert_eq!(&begun, &tasks[index]);
                for (number, other) in tasks.iter().enumerate() {
                    let open = !ended.contains(&number) && !other.background;
                    prop_assert!(!(open && begun.needs.contains(&other.dataset)));
                    prop_assert!(!(open && begun.background));
                }
                let same = running.iter().filter(|other| tasks[**other].dataset == begun.dataset).count();
                prop_assert!(same < usize::from(begun.parallel.max(1)));
                running.push(index);
                prop_assert!(running.len() <= at_once.max(1));
            }
            if running.is_empty() {
                break;
            }
            let index = running.remove(choices.next().unwrap().index(running.len()));
            queue.end(index);
            ended.push(index);
        }
        ended.sort_unstable();
        prop_assert_eq!(ended, (0..tasks.len()).collect::<Vec<_>>());
        prop_assert!(queue.foreground_ended());
    }
}
