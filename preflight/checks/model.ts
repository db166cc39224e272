import { AzureMlError } from "../../azureml/errors";
import type { ModelFacts } from "../cloud";
import type { CheckContext } from "./context";
import { checkExtraParameters } from "./extraParameters";

/** The setting that an error of a registry is about. */
function assetSetting(section: string, error: unknown): string {
  if (!(error instanceof AzureMlError)) return section;
  if (error.code === "RegistryNotFound") return `${section}.registry`;
  return error.code === "AssetNotFound"
    ? `${section}.${/there is no asset/.test(error.message) ? "name" : "version"}`
    : section;
}

/** Checks that the base model and the pipeline component exist in their registries, if these answer. */
export async function checkModel({
  config,
  cloud,
  report,
  notes,
}: CheckContext): Promise<ModelFacts | undefined> {
  const { registry, name, version } = config.foundationModel;
  const { component } = config.finetune;
  const [model, found] = await Promise.all([
    report.attemptIfAvailable(
      "foundationModel",
      () => cloud.model(registry, name, version),
      (error) => assetSetting("foundationModel", error),
    ),
    report.attemptIfAvailable(
      "finetune.component",
      () => cloud.component(component.registry, component.name, component.version),
      (error) => assetSetting("finetune.component", error),
    ),
  ]);
  if (found?.inputs)
    checkExtraParameters(report.key("finetune.extraParameters"), config.finetune, {
      version: found.version,
      inputs: found.inputs,
    }).forEach((problem) => report.add(problem));
  if (model?.isArchived)
    notes.push(`Model ${name} ${model.version} is archived in registry ${registry}; it can still be used.`);
  if (model?.stage) notes.push(`Model ${name} ${model.version} is in stage ${model.stage}.`);
  return model;
}
