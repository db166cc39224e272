/** Registered models: from a job's output or a datastore, with the flavors of their MLmodel file. */
import { isObject, requiredText, textAt } from "../../arm/body";
import { modelVersionFixed } from "../../rules/immutability";
import { NAMES } from "../../rules/names";
import { modelContent } from "../models/modelContent";
import type { AssetKind } from "./assetType";

const MODEL_TYPES = ["mlflow_model", "custom_model", "triton_model"];

export const MODELS: AssetKind = {
  segment: "models",
  versionRule: NAMES.modelVersion,
  version: async ({ cloud, workspace, requested, existing, name }) => {
    const given = textAt(requested, "modelType", "properties.modelType") ?? "custom_model";
    const modelType = requiredText({ modelType: given }, "modelType", "properties.modelType", MODEL_TYPES);
    const modelUri = requiredText(requested, "modelUri", "properties.modelUri");
    const stage = textAt(requested, "stage", "properties.stage") ?? null;
    if (!existing) {
      const content = await modelContent(cloud, workspace, modelUri, modelType);
      return { properties: { stage, ...content, modelType }, hidden: { givenUri: modelUri } };
    }
    const { modelUri: storedUri, modelType: storedType, jobName, flavors } = existing.properties;
    const givenUri = existing.hidden?.["givenUri"];
    // A repeated PUT may contain the URI as the client first gave it or as the service stored it.
    modelVersionFixed(
      name,
      { uri: storedUri, givenUri, type: storedType },
      { uri: modelUri, type: modelType },
    );
    return {
      properties: {
        stage,
        modelUri: storedUri,
        jobName: jobName ?? null,
        flavors: isObject(flavors) ? flavors : {},
        modelType,
      },
      hidden: { givenUri },
    };
  },
};
