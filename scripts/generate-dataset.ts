import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { datasetId, totalRows, writeDataset } from "../local/data/dataset";

/** Writes the generated chat data set (parquet files and card) into a directory: `node dist/scripts/generate-dataset.js --out DIRECTORY`. */
async function main(): Promise<number> {
  let out: string | undefined;
  try {
    out = parseArgs({ options: { out: { type: "string" } } }).values.out;
  } catch (error) {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  }
  if (!out) {
    process.stderr.write("Usage: node dist/scripts/generate-dataset.js --out DIRECTORY\n");
    return 2;
  }
  try {
    const paths = await writeDataset(resolve(out));
    process.stdout.write(
      `${datasetId}, generated: ${totalRows()} rows\n${paths.map((path) => `  ${path}\n`).join("")}`,
    );
    return 0;
  } catch (error) {
    process.stderr.write(
      `error: cannot write ${out}: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    return 1;
  }
}

void main().then((code) => {
  process.exitCode = code;
});
