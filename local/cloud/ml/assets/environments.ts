/** Environments: an image or a build context. They are recorded, not built. */
import { invalid, type Json, objectAt, requiredText, textAt } from "../../arm/body";
import { assetContentFixed } from "../../rules/immutability";
import type { AssetKind } from "./assetType";

export const ENVIRONMENTS: AssetKind = {
  segment: "environments",
  version: ({ requested, existing, asset, name }) => {
    const content: Json = {
      image: textAt(requested, "image", "properties.image") ?? null,
      condaFile: textAt(requested, "condaFile", "properties.condaFile") ?? null,
      build: buildOf(requested),
      inferenceConfig: objectAt(requested, "inferenceConfig", "properties.inferenceConfig") ?? null,
      osType: requiredText({ osType: requested["osType"] ?? "Linux" }, "osType", "properties.osType", [
        "Linux",
        "Windows",
      ]),
    };
    if (!content["image"] && !content["build"]) {
      throw invalid(
        "ValidationError",
        "An environment requires properties.image (with or without condaFile) or properties.build.",
        "properties.image",
      );
    }
    if (existing) assetContentFixed(`Environment ${asset}`, name, existing.properties, content);
    const autoRebuild = requiredText(
      { autoRebuild: requested["autoRebuild"] ?? "Disabled" },
      "autoRebuild",
      "properties.autoRebuild",
      ["Disabled", "OnBaseImageUpdate"],
    );
    const stage = textAt(requested, "stage", "properties.stage") ?? null;
    return { properties: { ...content, autoRebuild, stage, environmentType: "UserCreated" } };
  },
};

function buildOf(requested: Json): Json | null {
  const build = objectAt(requested, "build", "properties.build");
  if (!build) return null;
  const contextUri = requiredText(build, "contextUri", "properties.build.contextUri");
  const dockerfilePath = textAt(build, "dockerfilePath", "properties.build.dockerfilePath") ?? "Dockerfile";
  return { contextUri, dockerfilePath };
}
