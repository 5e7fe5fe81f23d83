import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { UsageError } from "../../../../cli/terminal/command.ts";
import { Questions, type Question } from "../../../../cli/terminal/questions.ts";

const SIDE: Question = {
  flag: "size",
  text: "How many pixels?",
  byDefault: "224",
  fault: (answer) => (/^\d+$/.test(answer) ? undefined : "is no number"),
};

/** A person who types these lines, one at each prompt. */
function person(...lines: string[]) {
  const [input, notes] = [new PassThrough(), new PassThrough()];
  let shown = "";
  notes.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
    if (!text.endsWith("> ")) return;
    const line = lines.shift();
    if (line === undefined) input.end();
    else input.write(`${line}\n`);
  });
  return { terminal: { input, notes }, shown: () => shown };
}

describe("questions", () => {
  it("are answered by flags, whoever is there", async () => {
    for (const terminal of [null, person().terminal]) {
      const questions = new Questions({ size: "64" }, terminal);
      assert.equal(await questions.ask(SIDE), "64");
      assert.deepEqual(questions.assumed, []);
    }
  });

  it("refuse a flag that is wrong, and name it", async () => {
    await assert.rejects(new Questions({ size: "big" }, null).ask(SIDE), {
      name: "UsageError",
      message: "--size big: is no number",
    });
  });

  it("take the default where nobody is asked, and remember it", async () => {
    const questions = new Questions({}, null);
    assert.equal(await questions.ask(SIDE), "224");
    assert.deepEqual(questions.assumed, [{ flag: "size", value: "224" }]);
  });

  it("name the flag where nobody is asked and there is no default", async () => {
    const { byDefault: _, ...needed } = SIDE;
    await assert.rejects(new Questions({}, null).ask(needed), {
      name: "UsageError",
      message: /^--size is missing\.\nHow many pixels\?/,
    });
  });

  it("are asked again until the answer is right; an empty one is the default", async () => {
    const { terminal, shown } = person("big", "32", "");
    const questions = new Questions({}, terminal);
    assert.equal(await questions.ask(SIDE), "32");
    assert.equal(await questions.ask(SIDE), "224");
    assert.deepEqual(questions.assumed, []);
    assert.match(shown(), /How many pixels\? \[224\]\n> is no number\nHow many/);
  });

  it("are asked again where a flag would end the command: a file that is not there", async () => {
    const { terminal, shown } = person("none.txt", "32");
    const fault = (answer: string): undefined => {
      if (answer.endsWith(".txt")) throw new UsageError("there is no such file");
    };
    assert.equal(await new Questions({}, terminal).ask({ ...SIDE, fault }), "32");
    assert.match(shown(), /there is no such file\nHow many/);
    await assert.rejects(
      new Questions({ size: "none.txt" }, null).ask({ ...SIDE, fault }),
      UsageError,
    );
  });

  it("end when the person ends the input", async () => {
    const { terminal } = person();
    await assert.rejects(new Questions({}, terminal).ask(SIDE), {
      name: "CommandError",
      message: "no answer; nothing was done",
    });
  });

  it("of yes and no are agreed to by a switch or a person, and by nobody else", async () => {
    assert.ok(await new Questions({ unbatched: true }, null).agrees("unbatched", "So?"));
    assert.ok(!(await new Questions({}, null).agrees("unbatched", "So?")));
    for (const [lines, wanted] of [
      [["perhaps", "yes"], true],
      [["n"], false],
      [[""], false],
    ] as const) {
      const { terminal, shown } = person(...lines);
      assert.equal(await new Questions({}, terminal).agrees("unbatched", "So?"), wanted);
      assert.match(shown(), /^So\? \(yes or no\) \[no\]\n> /);
    }
  });
});
