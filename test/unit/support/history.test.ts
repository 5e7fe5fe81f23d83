import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { History, type Course } from "../../support/faults/history.ts";
import type { Act } from "../../support/faults/oracle.ts";

const setup = (act: Act = "none") => {
  const history = new History();
  const course = history.ask({ act, kind: "job", isCalledBack: false });
  return { history, course };
};
const succeeded = (n: number) => ({ status: "succeeded", code: undefined, output: { sum: n + 3 } });
const failed = (code: string) => ({ status: "failed", code, output: undefined });
const runs = (count: number, act: Act = "none") =>
  Array.from({ length: count }, () => ({ n: 1, act, atMs: Date.now() }));

/** What the judgement says of one accepted input, after `more` has happened to it. */
function violations(more: (course: Course, history: History) => void, executions = 1): string {
  const { history, course } = setup();
  course.accept("job_a");
  more(course, history);
  return history.judge(runs(executions)).join("\n");
}

describe("the judgement over a history", () => {
  it("has nothing to say of what was accepted, ran once and was answered right", () => {
    assert.equal(
      violations((course) => course.see(1, succeeded(1))),
      "",
    );
  });

  it("names an input without an end", () => {
    assert.match(
      violations(() => {}),
      /has 0 ends/,
    );
  });

  it("names an answer that differs from the oracle's", () => {
    assert.match(
      violations((course) => course.see(1, succeeded(2))),
      /ended succeeded/,
    );
  });

  it("names a failure that the input did not ask for", () => {
    for (const code of ["attempt_timeout", "worker_lost", "poisoned", "model_error"]) {
      assert.match(
        violations((course) => course.see(1, failed(code))),
        new RegExp(code),
      );
    }
  });

  it("takes a lost worker for an end after more faults than there are retries, and not before", () => {
    for (const [what, faults, isRight] of [
      ["worker killed", 5, false],
      ["worker killed", 6, true],
      ["gateway killed", 6, false],
    ] as const) {
      const said = violations((course, history) => {
        for (let fault = 0; fault < faults; fault++) history.disturb(what);
        history.disturb();
        course.see(1, failed("worker_lost"));
      });
      assert.equal(said === "", isRight, said);
    }
  });

  it("takes a crash for the end of what hangs when its runner was killed, and not else", () => {
    for (const [what, isRight] of [
      ["runner killed", true],
      ["worker killed", false],
    ] as const) {
      const { history, course } = setup("hang");
      course.accept("job_a");
      history.disturb(what);
      history.disturb();
      course.see(1, failed("model_crash"));
      assert.equal(history.judge(runs(2, "hang")).length === 0, isRight, what);
    }
  });

  it("names a second end, and a second id", () => {
    const twice = violations((course) => {
      course.see(1, succeeded(1));
      course.see(2, succeeded(1));
    });
    assert.match(twice, /has 2 ends/);
    const ids = violations((course) => {
      course.see(1, succeeded(1));
      course.accept("job_b");
    });
    assert.match(ids, /has 2 ids/);
  });

  it("tells at once when an end changes", () => {
    const { course } = setup();
    assert.equal(course.see(1, succeeded(1)), undefined);
    assert.match(course.see(1, failed("model_error")) ?? "", /and then failed/);
  });

  it("names what was refused and ran all the same", () => {
    const { history, course } = setup();
    course.refuse();
    assert.deepEqual(history.judge([]), []);
    assert.match(history.judge(runs(1)).join(), /was refused, and ran/);
  });

  it("names more executions than faults account for", () => {
    const again = (course: Course): void => void course.see(1, succeeded(1));
    assert.match(violations(again, 2), /ran 2 times with 0 faults/);
    const disturbed = violations((course, history) => {
      history.disturb("worker killed");
      again(course);
    }, 2);
    assert.equal(disturbed, "");
  });

  it("counts a fault for the attempt that a client asked for when the first had ended", (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
    const tried = (isAskedFor: boolean): string =>
      violations((course, history) => {
        course.see(1, succeeded(1));
        if (isAskedFor) course.retry();
        t.mock.timers.tick(60_000);
        history.disturb("worker killed");
        course.see(1, succeeded(1));
      }, 3);
    assert.equal(tried(true), "");
    assert.match(tried(false), /ran 3 times with 0 faults/);
  });

  it("names what was never answered, and what was never asked", () => {
    const { history } = setup();
    const all = history.judge([{ n: 7, act: "none", atMs: 0 }]).join("\n");
    assert.match(all, /job 1 .*: was never answered/);
    assert.match(all, /input 7 was never asked/);
  });
});
