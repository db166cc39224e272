import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { chatFiles, rowsOf, run, startTestHub } from "./testHub";

/**
 * Compares the rows with those of Python's `datasets`, which the notebook uses. Python with `datasets` must
 * be in a virtual environment in the temporary directory: `npm run bench -- data` creates it, or `python3 -m
 * venv <temp>/azureml-finetune-datasets && <temp>/azureml-finetune-datasets/bin/pip install datasets`.
 */
const python = join(tmpdir(), "azureml-finetune-datasets", "bin", "python");
const isThere =
  existsSync(python) && spawnSync(python, ["-c", "import datasets"], { stdio: "ignore" }).status === 0;
const reason = isThere ? "" : ` (skipped: no Python with datasets at ${python})`;

const script = `
import sys, datasets
datasets.disable_progress_bars()
name, percent, out = sys.argv[1], sys.argv[2], sys.argv[3]
for split in datasets.get_dataset_split_names(name):
    datasets.load_dataset(name, split=f"{split}[:{percent}%]").to_json(f"{out}/python-{split}.jsonl")
`;

(isThere ? test : test.skip)(
  `writes the same rows in the same order with equal values as Python's datasets${reason}`,
  async () => {
    const hub = await startTestHub();
    try {
      const awkward = rowsOf("train", 4_110).map((row, index) => ({
        ...row,
        prompt: `${row.prompt} / \u2028 \u007f 😀 ${"\\".repeat(index % 3)}\t${index}`,
      }));
      const splits = { train: awkward, test: rowsOf("test", 610), gen: rowsOf("gen", 1_030) };
      await hub.publish({ id: "acme/chat", files: chatFiles(splits, 2) });
      const env = {
        ...process.env,
        HF_ENDPOINT: hub.endpoint,
        HF_HOME: join(hub.directory, "home"),
        HF_HUB_DISABLE_TELEMETRY: "1",
      };
      for (const percent of ["5", "50"]) {
        await promisify(execFile)(python, ["-c", script, "acme/chat", percent, hub.directory], { env });
        const args = ["--dataset", "acme/chat", "--download_dir", "out", "--dataset_split_pc", percent];
        expect((await run(hub, args)).code).toBe(0);
        for (const split of Object.keys(splits)) {
          const lines = async (path: string): Promise<unknown[]> =>
            (await readFile(join(hub.directory, path), "utf8"))
              .trimEnd()
              .split("\n")
              .map((line) => JSON.parse(line) as unknown);
          expect(await lines(`out/${split}.jsonl`)).toEqual(await lines(`python-${split}.jsonl`));
        }
      }
    } finally {
      await hub.close();
    }
  },
);
