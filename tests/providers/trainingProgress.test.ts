import { pollDelayMs, progressIntervalMs } from "../../providers/pipelineJob/pollInterval";
import { createProgressReporter } from "../../providers/pipelineJob/progressReporter";
import {
  formatDuration,
  formatMetric,
  progressLine,
  remainingMs,
  sparkline,
  statusLine,
  totalEpochs,
  totalSteps,
  waitingLine,
} from "../../providers/pipelineJob/progressText";

describe("progress output", () => {
  test.each([
    [0, "0:00"],
    [7_400, "0:07"],
    [750_000, "12:30"],
    [3_723_000, "1:02:03"],
  ])("formats %d ms as %s", (ms, text) => expect(formatDuration(ms)).toBe(text));

  test.each([
    [2.31234, "2.312"],
    [0, "0"],
    [5e-6, "5.0e-6"],
    [12345.6, "12350"],
    [Number.NaN, "not a number"],
  ])("formats the metric %d as %s", (value, text) => expect(formatMetric(value)).toBe(text));

  test("prints the values that exist", () => {
    expect(
      progressLine({ epoch: 1.254, totalEpochs: 3, loss: 2.3, learningRate: 4.1e-6, remainingMs: 20_000 }),
    ).toBe("training: epoch 1.25 of 3, loss 2.3, learning rate 4.1e-6, about 0:20 left");
    expect(progressLine({ epoch: 1 })).toBe("training: epoch 1");
    expect(progressLine({ epoch: 1, step: 40, totalSteps: 96, tokensPerSecond: 5200.4 })).toBe(
      "training: step 40 of 96, epoch 1, 5,200 tokens/s",
    );
  });

  test("shows a bar, the curve of the loss and the pace in one row of a terminal", () => {
    const progress = {
      epoch: 1.5,
      totalEpochs: 3,
      step: 48,
      totalSteps: 96,
      loss: 2.31,
      remainingMs: 20_000,
    };
    expect(statusLine({ ...progress, tokensPerSecond: 5200 }, [4, 3, 2.5, 2.31])).toBe(
      "███░░░ 48/96, loss 2.31 █▄▂▁, epoch 1.5 of 3, 5,200 tokens/s, 0:20 left",
    );
    expect(statusLine(progress, [4, 3, 2.5, 2.31]).length).toBeLessThan(80);
    expect(statusLine({ epoch: 0.1 }, [])).toBe("training, epoch 0.1");
  });

  test.each<[number[], string]>([
    [[], ""],
    [[1], ""],
    [[1, 1], "▁▁"],
    [[2, 1, Number.NaN], "█▁"],
    [Array.from({ length: 24 }, (_, index) => 24 - index), "█▇▆▅▄▃▂▁"],
  ])("draws %j as the curve %s", (values, curve) => expect(sparkline(values)).toBe(curve));

  test("says what a step waits for and for how long", () => {
    expect(waitingLine("train", "Queued", 130_000)).toBe("train: waits for nodes, for 2:10");
    expect(waitingLine("job", "NotResponding", 0)).toBe("job: NotResponding, for 0:00");
  });

  test("counts the steps by max_steps, or by the pace of the epochs", () => {
    expect(totalSteps({ max_steps: "12" }, { step: 3, epoch: 0.5 })).toBe(12);
    expect(totalSteps({ num_train_epochs: "3" }, { step: 16, epoch: 0.5 })).toBe(96);
    expect(totalSteps({ num_train_epochs: "3" }, { step: undefined, epoch: 0.5 })).toBeUndefined();
  });

  test("prints progress ever more rarely", () => {
    expect([0, 60_000, 3_600_000, 36_000_000].map(progressIntervalMs)).toEqual([
      2_000, 6_000, 360_000, 600_000,
    ]);
  });

  test("estimates the remaining time from the pace, if there is one", () => {
    expect(remainingMs({ done: 1, atMs: 0 }, { done: 2, atMs: 10_000 }, 3)).toBe(10_000);
    expect(remainingMs({ done: 1, atMs: 0 }, { done: 1, atMs: 10_000 }, 3)).toBeUndefined();
    expect(remainingMs({ done: 1, atMs: 0 }, { done: 2, atMs: 10_000 }, undefined)).toBeUndefined();
    expect(totalEpochs({ num_train_epochs: "3" })).toBe(3);
    expect(totalEpochs({})).toBe(1);
    expect(totalEpochs({ max_steps: "10" })).toBeUndefined();
  });

  test("polls after a second at first, notices the end of short jobs, and never waits more than 30 seconds", () => {
    expect(pollDelayMs(0, 0)).toBe(1_000);
    expect(pollDelayMs(60_000, 30)).toBe(2_000);
    expect(pollDelayMs(600_000, 0)).toBe(10_000);
    expect(pollDelayMs(36_000_000, 0)).toBe(30_000);
    expect(pollDelayMs(200_000, 1_000)).toBe(30_000);
  });

  test("prints one line per change, progress at intervals, and a heartbeat after a minute", () => {
    let now = 0;
    const [lines, shown]: [string[], string[]] = [[], []];
    const reporter = createProgressReporter({
      print: (text) => lines.push(text),
      show: (text) => shown.push(text),
      parameters: { num_train_epochs: "2" },
      now: () => now,
    });
    const run = (status: string): never =>
      ({ runId: "r", displayName: "chat_completion_finetune", status, properties: {} }) as never;
    reporter.status("Preparing");
    reporter.status("Preparing");
    now = 5_000;
    reporter.status("Running");
    reporter.show();
    reporter.steps([run("Queued")]);
    now = 15_000;
    reporter.show();
    now = 5_000;
    reporter.steps([run("Running")]);
    reporter.metrics({ epoch: 0.5, loss: 3, eval_loss: 4 });
    now = 6_000;
    reporter.metrics({ epoch: 0.6, loss: 2.9, eval_loss: 4 });
    reporter.show();
    now = 15_000;
    reporter.metrics({ epoch: 1, loss: 2, eval_loss: 4 });
    expect(reporter.heartbeatDue()).toBe(false);
    now = 80_000;
    expect(reporter.heartbeatDue()).toBe(true);
    reporter.heartbeat("evaluating 3 of 8");
    expect(reporter.heartbeatDue()).toBe(false);
    reporter.steps([run("Completed"), { ...(run("NotStarted") as object), runId: "later" } as never]);
    expect(lines).toEqual([
      "Preparing",
      "Preparing → Running (0:05)",
      "step chat_completion_finetune: Queued",
      "step chat_completion_finetune: Running",
      "training: epoch 0.5 of 2, loss 3, eval loss 4",
      "training: epoch 1 of 2, loss 2, about 0:20 left",
      "still Running after 1:20, step chat_completion_finetune: evaluating 3 of 8",
      "step chat_completion_finetune: Completed after 1:15",
    ]);
    expect(shown).toEqual([
      "job: Running, for 0:05",
      "chat_completion_finetune: waits for nodes, for 0:10",
      "██░░░░ training, loss 2.9 █▁, epoch 0.6 of 2, 0:14 left",
    ]);
  });
});
