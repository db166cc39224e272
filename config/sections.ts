import { budgetSection } from "./budget";
import { computeSection } from "./compute";
import { datasetSection } from "./dataset";
import { endpointSection } from "./endpoint";
import { finetuneSection } from "./finetune";
import { foundationModelSection } from "./foundationModel";
import { modelSection } from "./model";
import { platformSection } from "./platform";
import { monitoringSection } from "./monitoring";
import { rolloutSection } from "./rollout";
import { scoringSection } from "./scoring";
import { tagsSection } from "./tags";
import { workspaceSection } from "./workspace";

/** All sections of the stack's configuration, by their key in the project's namespace. */
export const sections = {
  workspace: workspaceSection,
  foundationModel: foundationModelSection,
  compute: computeSection,
  dataset: datasetSection,
  finetune: finetuneSection,
  model: modelSection,
  endpoint: endpointSection,
  rollout: rolloutSection,
  monitoring: monitoringSection,
  scoring: scoringSection,
  budget: budgetSection,
  platform: platformSection,
  tags: tagsSection,
} as const;

export type SectionName = keyof typeof sections;
