/** Environments: an image or a build context. They are recorded, not built. */
import { invalid, type Json, objectAt, requiredText, textAt } from "../../arm/body";
import { assetContentFixed } from "../../rules/immutability";
import type { AssetKind } from "./assetType";

export const ENVIRONMENTS: AssetKind = {
  segment: "environments",
  version: ({ asked, existing, asset, name }) => {
    const content: Json = {
      image: textAt(asked, "image", "properties.image") ?? null,
      condaFile: textAt(asked, "condaFile", "properties.condaFile") ?? null,
      build: buildOf(asked),
      inferenceConfig: objectAt(asked, "inferenceConfig", "properties.inferenceConfig") ?? null,
      osType: requiredText({ osType: asked["osType"] ?? "Linux" }, "osType", "properties.osType", [
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
      { autoRebuild: asked["autoRebuild"] ?? "Disabled" },
      "autoRebuild",
      "properties.autoRebuild",
      ["Disabled", "OnBaseImageUpdate"],
    );
    const stage = textAt(asked, "stage", "properties.stage") ?? null;
    return { properties: { ...content, autoRebuild, stage, environmentType: "UserCreated" } };
  },
};

function buildOf(asked: Json): Json | null {
  const build = objectAt(asked, "build", "properties.build");
  if (!build) return null;
  const contextUri = requiredText(build, "contextUri", "properties.build.contextUri");
  const dockerfilePath = textAt(build, "dockerfilePath", "properties.build.dockerfilePath") ?? "Dockerfile";
  return { contextUri, dockerfilePath };
}
