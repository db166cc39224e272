import * as machinelearning from "@pulumi/azure-native/machinelearningservices";
import * as command from "@pulumi/command/local";
import * as pulumi from "@pulumi/pulumi";
import { type EvaluationSplits, fromTrain, rowsLine, usedRows } from "../azureml/evaluation";
import { dataAssetName, dataFolder, datasetSlug } from "../azureml/names";
import type { StackConfig } from "../config/stackConfig";
import { commandLine } from "../dataset/commandLine";
import { contentHash } from "../dataset/contentHash";
import { DataUpload } from "../providers/dataUpload/resource";
import {
  type DatasetManifest,
  type DataSummary,
  findingsText,
  readManifest,
  rowTreatment,
  summaryOf,
} from "./dataManifest";
import { datasetSettings } from "./datasetSettings";
import type { StackArgs } from "./stackArgs";
import type { Workspace } from "./workspace";

interface ChatDatasetArgs extends StackArgs {
  workspace: Workspace;
  /** Section `dataset` of the stack configuration. */
  config: StackConfig["dataset"];
}

/**
 * The chat data. A local command prepares a slice of each split as JSONL. Each file is uploaded to a path that contains
 * its hash, and registered as a data asset version. Fails with a `RunError` when a configured split does not exist.
 */
export class ChatDataset extends pulumi.ComponentResource {
  /** Data asset id of the training conversations. */
  readonly trainData: pulumi.Output<string>;
  /** Data asset id of the test conversations. */
  readonly testData: pulumi.Output<string>;
  /** Data asset id of the conversations that `eval_loss` is measured on, or `fromTrain` (azureml/evaluation.ts). */
  readonly validationData: pulumi.Output<string>;
  /** `azureml://` URIs of the split to score (`gen`) and of the split with its reference answers (`sft`). */
  readonly heldOut: { genUri: pulumi.Output<string>; sftUri: pulumi.Output<string> };
  /** The first rows of the training split, complete; undefined if the stack does not show rows. */
  readonly firstRows: pulumi.Output<unknown[] | undefined>;
  /** Schema, counts and hashes, if the stack does not show rows. */
  readonly summary: pulumi.Output<DataSummary | undefined>;
  /** As `ScoreArgs.showRows`. */
  readonly showRows: pulumi.Input<boolean | undefined>;

  /** The settings that select the rows, by name, as text. */
  readonly settings: Record<string, string>;
  /** Names of the splits that train, judge and test. */
  readonly splits: EvaluationSplits;
  /** Number of rows that train. Not known in a first preview; undefined in states whose data step printed no numbers. */
  readonly trainRows: pulumi.Output<number | undefined>;

  private readonly manifest: pulumi.Output<DatasetManifest>;
  private readonly label: string;

  constructor(
    name: string,
    private readonly args: ChatDatasetArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("azureml-finetune:components:ChatDataset", name, {}, options);
    const { config } = args;
    this.label = name;
    const { policy, secret } = rowTreatment(config);
    const prepare = new command.Command(
      name,
      {
        create: commandLine({ ...config, directory: directoryOf(config) }, { rows: policy }),
        // The request decides when to run again. The content of the files pins the data afterwards.
        triggers: [
          config.name,
          config.subset ?? "",
          config.revision ?? "",
          config.splitPercent,
          // Local files can change under the same name.
          ...Object.values(config.files ?? {})
            .flat()
            .map((path) => contentHash(path).catch(() => "")), // The data step reports a file that cannot be read.
        ],
        logging: command.Logging.Stderr,
      },
      { parent: this, ...(secret && { additionalSecretOutputs: ["stdout"] }) },
    );
    // File names, hashes and counts are no secrets. Only what contains rows is.
    this.manifest = pulumi.unsecret(prepare.stdout.apply(readManifest));
    const rows = this.manifest.apply(({ firstRows }) => (firstRows.length > 0 ? firstRows : undefined));
    this.firstRows = secret ? pulumi.secret(rows) : rows;
    this.summary = this.manifest.apply(summaryOf);
    this.showRows = policy ? secret : rows.apply((shown) => (shown ? undefined : false));
    this.splits = config;
    this.settings = datasetSettings(config);
    this.trainRows = this.manifest.apply(async (manifest) => {
      const { splits } = manifest;
      const found = findingsText(manifest);
      if (found) await pulumi.log.warn(found);
      const rows = Object.fromEntries(Object.entries(splits).map(([split, facts]) => [split, facts.rows]));
      const line = rowsLine(config, rows);
      if (line) await pulumi.log.info(line);
      return usedRows(config, rows)?.train;
    });
    const train = this.upload(config.trainSplit);
    const test = config.testSplit === config.trainSplit ? train : this.upload(config.testSplit);
    // With only two splits, the conversation to score comes from one of them.
    const present: Record<string, DataUpload> = { [config.trainSplit]: train, [config.testSplit]: test };
    const heldOut = present[config.heldOutSplit] ?? this.upload(config.heldOutSplit);
    this.trainData = this.dataAsset(config.trainSplit, train);
    this.testData = test === train ? this.trainData : this.dataAsset(config.testSplit, test);
    this.validationData = this.validation(present, config.heldOutSplit, heldOut);
    this.heldOut = { genUri: heldOut.dataUri, sftUri: test.dataUri };
    this.registerOutputs({ trainData: this.trainData, testData: this.testData });
  }

  /** The validation split's data asset. A split that has another use is uploaded once. */
  private validation(
    present: Readonly<Record<string, DataUpload>>,
    heldOutSplit: string,
    heldOut: DataUpload,
  ): pulumi.Output<string> {
    const { validationSplit, testSplit } = this.args.config;
    if (validationSplit === fromTrain) return pulumi.output(fromTrain);
    if (validationSplit === testSplit) return this.testData;
    const uploaded = validationSplit === heldOutSplit ? heldOut : present[validationSplit];
    return this.dataAsset(validationSplit, uploaded ?? this.upload(validationSplit));
  }

  private upload(split: string): DataUpload {
    const { workspace, config, identity } = this.args;
    const file = this.manifest.apply((manifest) => {
      const found = manifest.splits[split];
      if (!found) throw new pulumi.RunError(missingSplit(config.name, split, Object.keys(manifest.splits)));
      return found;
    });
    return new DataUpload(
      `${this.label}-${split}`,
      {
        workspace: workspace.ref,
        datastoreName: "workspaceblobstore",
        file: file.file,
        sha256: file.sha256,
        prepareCommand: this.manifest.apply((manifest) => pinnedCommand(config, manifest)),
        folder: dataFolder(identity, config.name, workspace.shared),
      },
      { parent: this, dependsOn: [workspace] },
    );
  }

  /** A data asset whose version is the hash of the content, so new content is a new version. */
  private dataAsset(split: string, upload: DataUpload): pulumi.Output<string> {
    const { workspace, config, identity, tags } = this.args;
    const version = new machinelearning.DataVersion(
      `${this.label}-${split}`,
      {
        name: dataAssetName(identity, config.name, split, workspace.shared),
        version: upload.sha256.apply((sha256) => sha256.slice(0, 16)),
        resourceGroupName: workspace.ref.resourceGroupName,
        workspaceName: workspace.ref.workspaceName,
        properties: {
          dataType: "uri_file",
          dataUri: upload.dataUri,
          description: `${split} of ${config.name}, ${describePart(config)}`,
          tags: { ...tags, dataset: config.name, split, splitPercent: String(config.splitPercent) },
        },
      },
      { parent: this, dependsOn: [workspace], deleteBeforeReplace: false },
    );
    return version.id;
  }
}

const directoryOf = ({ name }: StackConfig["dataset"]): string => `.data/${datasetSlug(name)}`;

/**
 * The data step for the rows that the stack is pinned to. A checkout that lacks the prepared files writes the same files
 * with it, also after a branch on the hub has moved. It prints no rows. The rows have passed the checks before.
 */
function pinnedCommand(
  config: StackConfig["dataset"],
  { subset, revision }: Pick<DatasetManifest, "subset" | "revision">,
): string {
  const pin = config.files ? {} : { subset, revision };
  const unchecked = { checks: "off", trainSplit: undefined } as const;
  return commandLine({ ...config, ...pin, ...unchecked, directory: directoryOf(config) }, { rows: "none" });
}

/** Describes the part of a split that is used. */
function describePart({ splitPercent, sampleSeed }: StackConfig["dataset"]): string {
  return sampleSeed === undefined
    ? `first ${splitPercent} %`
    : `a sample of ${splitPercent} % (seed ${sampleSeed})`;
}

function missingSplit(dataset: string, split: string, found: string[]): string {
  return `dataset: the prepared data of ${dataset} has no split ${split}; it has ${found.join(", ")}. Correct dataset.trainSplit, testSplit, validationSplit or heldOutSplit.`;
}
