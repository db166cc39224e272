import { fromTrain } from "../../azureml/evaluation";
import { formatValue } from "../../azureml/problem";
import { nearest } from "../../azureml/suggestion";
import { DatasetError } from "../../dataset/errors";
import type { StackConfig } from "../../config/stackConfig";
import type { CheckContext } from "./context";

/** A validation split that needs no check of its own: the component's own split, or the test split. */
const isImplied = (key: string, { validationSplit, testSplit }: StackConfig["dataset"]): boolean =>
  key === "validationSplit" && [fromTrain, testSplit].includes(validationSplit);

/** The setting that an error of the look-up is about. */
function datasetSetting(error: unknown): string {
  const code = error instanceof DatasetError ? error.code : undefined;
  if (code === "RevisionNotFound") return "dataset.revision";
  if (code === "SubsetNotFound") return "dataset.subset";
  if (code === "SchemaMismatch") return "dataset.columns";
  if (code === "Quality") return "dataset.checks";
  if (code === "Tokenizer") return "dataset.tokenizer";
  return code && ["BadFile", "BadRow", "CorruptParquet", "Engine"].includes(code)
    ? "dataset.files"
    : "dataset.name";
}

/** Checks that the data set has the configured splits, if the hub answers. */
export async function checkDataset(context: CheckContext): Promise<void> {
  const { config, cloud, report, notes } = context;
  const { dataset, foundationModel, finetune } = config;
  const othersPinned = foundationModel.version !== "latest" && finetune.component.version !== "latest";
  if (othersPinned && !dataset.files && !/^[0-9a-f]{40}$/.test(dataset.revision ?? ""))
    report.warnings.push(
      `${report.key("dataset.revision")}: model and component are pinned, but the data set follows ${formatValue(dataset.revision ?? "main")}. Set the commit that the data set's page on the hub shows under "Files and versions".`,
    );
  const warn = (text: string): void => void report.warnings.push(`${report.key("dataset.files")}: ${text}`);
  const problem = (error: DatasetError): void => report.fail(report.key(datasetSetting(error)), error);
  const info = (text: string): void => void notes.push(text);
  const look = () => cloud.splits(dataset, { info, warn, problem });
  const splits = await report.attemptIfAvailable("dataset.name", look, datasetSetting);
  if (!splits) return;
  for (const key of ["trainSplit", "testSplit", "validationSplit", "heldOutSplit"] as const) {
    if (splits.includes(dataset[key]) || isImplied(key, dataset)) continue;
    const guess = nearest(dataset[key], splits);
    report.add({
      property: report.key(`dataset.${key}`),
      seen: `data set ${formatValue(dataset.name)} has no split ${formatValue(dataset[key])}`,
      allowed: splits.join(", "),
      remedy: guess ? `Did you mean ${guess}?` : "Set one of these splits.",
    });
  }
}
