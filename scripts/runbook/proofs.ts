import { LOCAL_SUBSCRIPTION_ID } from "../../local/cloud/constants";
import type { Stage } from "./stage";

/** How a row of the runbook is proved: it leads to the state, and says what a person does besides the row's commands. */
export interface Proof {
  /** Brings a stack into the state. Throws if it does not get there. */
  reach(stage: Stage): Promise<void>;
  /** What the row's command says in words: changes a setting, waits. */
  change?(stage: Stage): Promise<void> | void;
  /** Trainings of the whole life. Default 1. */
  trainings?: number;
  /** Jobs afterwards. Default: as many as trainings. */
  jobs?: number;
  /** The stack is deleted afterwards. */
  isDestroyed?: true;
}

const workspace = /^PUT \S+\/workspaces\/[^/]+$/;
const deployment = /^PUT \S+\/deployments\/[^/]+$/;
const trainingStep = "*/steps/chat_completion_finetune";
const quotas = `/subscriptions/${LOCAL_SUBSCRIPTION_ID}/providers/Microsoft.MachineLearningServices/locations`;

/** Another training is wanted. */
const newTraining = async (stage: Stage): Promise<void> => {
  await stage.fromDeployed();
  stage.harness.edit("finetune.seed", 7);
};
const withoutFaults = async (stage: Stage): Promise<void> => void (await stage.clearFaults());

/** By the first cell of their rows. */
export const proofs: Readonly<Record<string, Proof>> = {
  "killed before the cluster": {
    async reach(stage) {
      await stage.fromDeployed();
      const at = stage.requestAt("die-after", workspace);
      await stage.fromNothing();
      await stage.killed("up", at);
    },
  },
  "killed while endpoint or deployment was created": {
    async reach(stage) {
      await newTraining(stage);
      await stage.killed("up", stage.requestAt("die-after", deployment));
    },
    trainings: 2,
  },
  "killed in `destroy`": {
    async reach(stage) {
      await stage.fromDeployed();
      const { path, ordinal } = stage.requestAt("die-after", /^PUT \S+\/onlineEndpoints\/[^/]+$/);
      await stage.killed("destroy", { kind: "die-after", path: path.replace("PUT", "DELETE"), ordinal });
    },
    isDestroyed: true,
  },
  "`the fine-tuning job ended with status Failed`": {
    async reach(stage) {
      await newTraining(stage);
      await stage.addFault({ kind: "step-crash", path: trainingStep });
      await stage.failed(/the fine-tuning job ended with status Failed/);
    },
    change: withoutFaults,
    trainings: 2,
    jobs: 3,
  },
  "`was canceled in Azure ML`": {
    async reach(stage) {
      await newTraining(stage);
      await stage.addFault({ kind: "no-capacity", path: "*/computes/*" });
      stage.cancelLater();
      await stage.failed(/was canceled in Azure ML/);
    },
    change: withoutFaults,
    trainings: 2,
    jobs: 3,
  },
  "`all … attempts of job … have failed`": {
    async reach(stage) {
      await newTraining(stage);
      await stage.addFault({ kind: "step-crash", path: trainingStep });
      await stage.failed(/ended with status Failed/);
      stage.failAgain(50);
      await stage.failed(/all 50 attempts of job \S+ have failed/);
    },
    async change(stage) {
      stage.harness.edit("finetune.seed", 8);
      await stage.clearFaults();
    },
    trainings: 2,
    jobs: 52,
  },
  "quota: not enough cores of a family": {
    async reach(stage) {
      await stage.fromNothing();
      await setQuota(stage, 0);
      await stage.failed(/quota/i);
    },
    change: (stage) => setQuota(stage, 200),
  },
  "`budget.maxHourlyCost` or `budget.maxGpuHours`": {
    async reach(stage) {
      await newTraining(stage);
      stage.harness.edit("budget.maxGpuHours", 0.1);
      await stage.failed(/budget\.maxGpuHours/);
    },
    change: (stage) => stage.harness.edit("budget.maxGpuHours", undefined),
    trainings: 2,
  },
  "the state is lost": {
    async reach(stage) {
      await stage.fromDeployed();
      stage.harness.loseState();
    },
  },
  "the state is lost, nothing is wanted": {
    async reach(stage) {
      await stage.fromDeployed();
      stage.harness.loseState();
    },
    isDestroyed: true,
  },
};

const setQuota = (stage: Stage, limit: number): Promise<void> =>
  stage.post(`${quotas}/westeurope/updateQuotas`, {
    location: "westeurope",
    value: [
      {
        id: `${quotas}/westeurope/quotas/standardNCADSA100v4Family`,
        type: "Microsoft.MachineLearningServices/vmFamily/dedicatedCores/quotas",
        limit,
        unit: "Count",
      },
    ],
  });
