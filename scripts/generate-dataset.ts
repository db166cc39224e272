import { resolve } from "node:path";
import { datasetId, totalRows, writeDataset } from "../local/data/dataset";
import { createCommand } from "./lib/commandLine";
import { runMain } from "./lib/failure";

runMain(async () => {
  const command = createCommand(
    "node dist/scripts/generate-dataset.js",
    "Writes the generated chat data set of the local hub: parquet files and card.",
  ).requiredOption("--out <DIRECTORY>", "where the files are written");
  command.parse();
  const paths = await writeDataset(resolve(command.opts<{ out: string }>().out));
  const lines = [`${datasetId}, generated: ${totalRows()} rows`, ...paths.map((path) => `  ${path}`)];
  process.stdout.write(`${lines.join("\n")}\n`);
  return 0;
});
