/** Components. Only their specification is stored. */
import { invalid, objectAt, textAt } from "../../arm/body";
import { assetContentFixed } from "../../rules/immutability";
import type { AssetKind } from "./assetType";

export const COMPONENTS: AssetKind = {
  segment: "components",
  version: ({ requested, existing, asset, name }) => {
    const componentSpec = objectAt(requested, "componentSpec", "properties.componentSpec");
    if (!componentSpec)
      throw invalid(
        "MissingRequiredProperty",
        "The property 'properties.componentSpec' is required.",
        "properties.componentSpec",
      );
    if (existing) assetContentFixed(`Component ${asset}`, name, existing.properties, { componentSpec });
    return { properties: { componentSpec, stage: textAt(requested, "stage", "properties.stage") ?? null } };
  },
};
