import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { loadChatModel } from "../../../local/trainer/chatModel";
import type { FineTuneRequest, TrainerEvent } from "../../../local/trainer/contract";
import type { TrainingParameters } from "../../../local/trainer/parameters";
import { fineTune } from "../../../local/trainer/fineTune";
import { readSafetensors } from "../../../local/trainer/safetensors";
import { weightShapes } from "../../../local/trainer/weights";
import { jsonLines, TINY, TINY_PARAMETERS, tinyFolder, tinyRows } from "./tinyModel";

type Folder = Awaited<ReturnType<typeof tinyFolder>>;

describe("fine-tuning", () => {
  let folder: Folder;
  let runs = 0;
  beforeAll(async () => {
    folder = await tinyFolder();
  });
  afterAll(() => folder.remove());

  const request = (parameters: Partial<TrainingParameters> = {}, other: Partial<FineTuneRequest> = {}) => ({
    baseModelDir: folder.base,
    trainFile: folder.train,
    validationFile: folder.test,
    outputDir: join(folder.root, `out-${++runs}`),
    parameters: { ...TINY_PARAMETERS, ...parameters },
    lineage: { base_model: "azureml://registries/azureml/models/Tiny/versions/1", job: "finetune-1" },
    ...other,
  });
  const start = async (asked: FineTuneRequest, signal = new AbortController().signal) => {
    const events: TrainerEvent[] = [];
    const result = await fineTune(asked, (event) => events.push(event), signal);
    return { result, events };
  };
  const readJson = async (...path: string[]) =>
    JSON.parse(await readFile(join(...path), "utf8")) as Record<string, unknown>;

  test("continues from the last checkpoint with the weights of an uninterrupted training", async () => {
    const settings = (name: string) => ({
      checkpoints: { directory: join(folder.root, name), totalLimit: 1, resume: true },
    });
    const whole = request({ numTrainEpochs: 4 }, settings("whole"));
    const uninterrupted = await start(whole);
    const steps = uninterrupted.events.flatMap((event) =>
      event.kind === "progress" && event.phase === "train" ? [event] : [],
    );
    const perEpoch = steps.length / 4;
    const preempted = request({ numTrainEpochs: 4 }, settings("preempted"));
    const node = new AbortController();
    const interrupted = fineTune(
      preempted,
      (event) => {
        if (event.kind === "progress" && event.phase === "train" && event.step === 2 * perEpoch + 1)
          node.abort(new Error("preempted"));
      },
      node.signal,
    );
    await expect(interrupted).rejects.toThrow("preempted");
    expect(await readdir(join(folder.root, "preempted"))).toEqual([`checkpoint-${2 * perEpoch}`]);
    await rm(preempted.outputDir, { recursive: true });
    const resumed = await start(preempted);
    const trained = resumed.events.flatMap((event) =>
      event.kind === "progress" && event.phase === "train" ? [event.step] : [],
    );
    expect(trained[0]).toBe(2 * perEpoch + 1);
    expect(trained.at(-1)).toBe(4 * perEpoch);
    const weights = async (asked: FineTuneRequest) => {
      const files = (await readdir(asked.outputDir)).filter((name) => name.endsWith(".safetensors"));
      return Promise.all(files.map((name) => readFile(join(asked.outputDir, name))));
    };
    expect(await weights(preempted)).toEqual(await weights(whole));
    expect(resumed.result.metrics["train_loss"]).toBeCloseTo(uninterrupted.result.metrics["train_loss"]!, 10);
  });

  describe("with adapters", () => {
    let asked: FineTuneRequest;
    let outcome: Awaited<ReturnType<typeof start>>;
    beforeAll(async () => {
      asked = request({ numTrainEpochs: 8 });
      outcome = await start(asked);
    });

    test("lowers the eval loss and reports the same keys before and after", () => {
      const { metrics } = outcome.result;
      expect(metrics["eval_loss"]).toBeLessThan(metrics["eval_loss_before"]! / 2);
      for (const key of ["eval_loss", "perplexity", "rouge1", "rouge2", "rougeL", "rougeLsum"]) {
        expect(Number.isFinite(metrics[key])).toBe(true);
        expect(Number.isFinite(metrics[`${key}_before`])).toBe(true);
      }
      expect(metrics["perplexity"]).toBeCloseTo(Math.exp(metrics["eval_loss"]!), 6);
      expect(metrics["epoch"]).toBe(8);
      expect(metrics["tokens_per_second"]).toBeGreaterThan(0);
    });

    test("logs loss, learning rate and epoch every logging_steps and at the end", () => {
      const logged = outcome.events.flatMap((event) =>
        event.kind === "metrics" && "learning_rate" in event.values ? [event] : [],
      );
      const total = outcome.events.flatMap((event) =>
        event.kind === "progress" && event.phase === "train" ? [event.totalSteps] : [],
      )[0]!;
      const steps = Array.from({ length: Math.floor(total / 3) }, (_, index) => 3 * (index + 1));
      expect(logged.map(({ step }) => step)).toEqual(total % 3 === 0 ? steps : [...steps, total]);
      expect(logged.every(({ values }) => Number.isFinite(values["loss"]) && values["epoch"]! > 0)).toBe(
        true,
      );
    });

    test("shows progress in all three phases", () => {
      const phases = outcome.events.flatMap((event) => (event.kind === "progress" ? [event.phase] : []));
      expect([...new Set(phases)]).toEqual(["evaluate-before", "train", "evaluate-after"]);
      expect(outcome.events.some(({ kind }) => kind === "log")).toBe(true);
    });

    test("writes an MLflow model folder with its lineage", async () => {
      expect((await readdir(asked.outputDir)).sort()).toEqual([
        "MLmodel",
        "README.md",
        "adapter.safetensors",
        "adapter_config.json",
        "config.json",
        "evaluation.json",
        "model.safetensors",
        "tokenizer.json",
        "training_args.json",
      ]);
      const mlModel = parse(await readFile(join(asked.outputDir, "MLmodel"), "utf8")) as Record<
        string,
        never
      >;
      expect(mlModel).toMatchObject({
        flavors: { small_chat_lm: { weights: "model.safetensors", adapter: "adapter.safetensors" } },
        metadata: { lineage: asked.lineage },
      });
      expect(await readJson(asked.outputDir, "training_args.json")).toEqual(asked.parameters);
      expect(await readFile(join(asked.outputDir, "README.md"), "utf8")).toMatch(/stands in for Phi-3/);
      const report = await readJson(asked.outputDir, "evaluation.json");
      expect(report["samples"]).toHaveLength(6);
      const merged = readSafetensors(await readFile(join(asked.outputDir, "model.safetensors")), "m");
      expect(Object.keys(merged).sort()).toEqual(Object.keys(weightShapes(TINY)).sort());
      const adapter = readSafetensors(await readFile(join(asked.outputDir, "adapter.safetensors")), "a");
      expect(adapter["base_model.model.model.layers.1.mlp.down_proj.lora_B.weight"]?.shape).toEqual([16, 4]);
    });

    test("serves what it was trained on from its three files alone", async () => {
      const alone = join(folder.root, "served");
      await mkdir(alone);
      for (const name of ["config.json", "tokenizer.json", "model.safetensors"]) {
        await writeFile(join(alone, name), await readFile(join(asked.outputDir, name)));
      }
      const model = await loadChatModel(alone);
      try {
        const answers = await Promise.all(
          ["red", "blue"].map((colour) =>
            model.generate([{ role: "user", content: `What is ${colour}?` }], {}),
          ),
        );
        expect(answers.map(({ text }) => text)).toEqual(["red is a colour.", "blue is a colour."]);
        await expect(model.generate([], {})).rejects.toMatchObject({ code: "InvalidParameter" });
      } finally {
        await model.close();
      }
      await expect(model.generate([{ role: "user", content: "x" }], {})).rejects.toThrow(/has been closed/);
    });
  });

  test("of all weights lowers the loss and writes no adapter", async () => {
    const asked = request({ applyLora: false, learningRate: 0.01, perDeviceEvalBatchSize: 1 });
    const { result } = await start(asked);
    expect(result.metrics["eval_loss"]).toBeLessThan(result.metrics["eval_loss_before"]! / 2);
    expect(await readdir(asked.outputDir)).not.toContain("adapter.safetensors");
  });

  test("with too high a learning rate fails with step, rate and remedy, and writes no model", async () => {
    const asked = request({ learningRate: 1e30, warmupSteps: 0 });
    const failing = start(asked);
    await expect(failing).rejects.toMatchObject({ name: "TrainerError", code: "NonFiniteLoss" });
    await expect(failing).rejects.toThrow(/at step \d+ \(learning rate .*1e\+30\).*Lower learning_rate/);
    expect(await readdir(asked.outputDir)).toEqual([]);
  });

  test("fails on a malformed row naming file and line", async () => {
    const trainFile = join(folder.root, "train_sft.jsonl");
    await writeFile(trainFile, `${jsonLines(tinyRows(2))}{"prompt": 1}\n`);
    const failing = start(request({}, { trainFile }));
    await expect(failing).rejects.toMatchObject({ code: "InvalidData" });
    await expect(failing).rejects.toThrow(/^train_sft\.jsonl:3: prompt is 1, must be a text/);
  });

  test("refuses data without assistant turns", async () => {
    const trainFile = join(folder.root, "open.jsonl");
    await writeFile(
      trainFile,
      jsonLines([{ prompt: "x", prompt_id: "1", messages: [{ role: "user", content: "x" }] }]),
    );
    await expect(start(request({}, { trainFile }))).rejects.toThrow(/No row of the training file/);
  });

  test("names every parameter out of range", async () => {
    const failing = start(request({ numTrainEpochs: 0, loraR: 1.5, lrSchedulerType: "step" as never }));
    await expect(failing).rejects.toMatchObject({ code: "InvalidParameter" });
    await expect(failing).rejects.toThrow(
      /num_train_epochs is 0, .*; lr_scheduler_type is "step", must be one of linear, .*; lora_r is 1\.5, /,
    );
  });

  test("does not touch an output folder that is not empty", async () => {
    const outputDir = join(folder.root, "full");
    await mkdir(outputDir);
    await writeFile(join(outputDir, "kept"), "");
    await expect(start(request({}, { outputDir }))).rejects.toThrow(/output folder is not empty/);
    expect(await readdir(outputDir)).toEqual(["kept"]);
  });

  test("rejects with the signal's reason when it is aborted", async () => {
    const controller = new AbortController();
    const reason = new Error("cancelled by the job");
    const asked = request({ numTrainEpochs: 1000 });
    const running = fineTune(
      asked,
      (event) => event.kind === "progress" && event.phase === "train" && controller.abort(reason),
      controller.signal,
    );
    await expect(running).rejects.toBe(reason);
    expect(await readdir(asked.outputDir)).toEqual([]);
    await expect(start(request(), AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  describe("refuses a damaged model folder", () => {
    const damaged = async (name: string, change: (text: Buffer) => Buffer | undefined) => {
      const copy = join(folder.root, `damaged-${++runs}`);
      await mkdir(copy);
      for (const file of await readdir(folder.base)) {
        const bytes = await readFile(join(folder.base, file));
        const changed = file === name ? change(bytes) : bytes;
        if (changed) {
          await writeFile(join(copy, file), changed);
        }
      }
      return copy;
    };
    const replaced = (from: string, to: string) => (bytes: Buffer) =>
      Buffer.from(bytes.toString("latin1").replace(from, to), "latin1");

    test.each([
      ["a missing file", "tokenizer.json", () => undefined, /has no readable tokenizer\.json \(ENOENT\)/],
      [
        "truncated weights",
        "model.safetensors",
        (bytes: Buffer) => bytes.subarray(0, -4),
        /model\.safetensors is truncated/,
      ],
      [
        "other measures",
        "config.json",
        replaced('"hidden_size":16', '"hidden_size":32'),
        /embed_tokens.weight has shape \[320, 16\], config\.json requires \[320, 32\]/,
      ],
      ["another architecture", "config.json", replaced("phi3", "gpt2"), /model_type "gpt2"/],
      ["text for a config", "config.json", () => Buffer.from("no"), /config\.json is not JSON/],
      [
        "too small a vocabulary",
        "config.json",
        replaced('"vocab_size":320', '"vocab_size":8'),
        /tokenizer\.json has \d+ tokens/,
      ],
    ])("%s", async (_, name, change, message) => {
      const copy = await damaged(name, change);
      await expect(loadChatModel(copy)).rejects.toMatchObject({
        code: "InvalidModel",
        message: expect.stringMatching(message) as string,
      });
      await expect(start(request({}, { baseModelDir: copy }))).rejects.toMatchObject({
        code: "InvalidModel",
      });
      await rm(copy, { recursive: true });
    });
  });
});
