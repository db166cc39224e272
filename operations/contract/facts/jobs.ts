import type { Facts } from "../fact";

const history = "azure-ai-ml 1.35.2, _restclient/runhistory";

/** Jobs, their runs and their metrics. */
export const JOB_FACTS = {
  "preempted-job-queued-again": {
    statement:
      "a preempted low-priority node returns its step to the queue in the same run, with the files of its mounted outputs; some pipelines fail with PreemptionError instead, or are canceled, and each is handled",
    confidence: "inferred",
    source:
      "microsoft/hi-ml, documentation page lowpriority (restarted in the same run, outputs kept); against it Azure/MachineLearningNotebooks#1242 and microsoft/MLOpsPython#346 (the pipeline failed), and Microsoft Learn, how-to-use-low-priority-batch (batch deployments: the job is canceled if the whole cluster is preempted)",
  },
  "resume-from-own-checkpoint": {
    statement:
      "with resume_from_checkpoint true the training step continues from the newest complete checkpoint-<step> of its own output folder, and begins anew without one; no input names the folder of another job",
    confidence: "documented",
    source:
      "PyPI azureml-acft-contrib-hf-nlp 0.0.91, tasks/base/finetune/finetune.py; Azure/azureml-assets, components/pipeline_components/chat_completion/spec.yaml",
  },
  "job-found-by-name": {
    statement: "a job is found under the name it was submitted with, and the same PUT again starts nothing",
    confidence: "inferred",
    source: "Jobs_CreateOrUpdate in Azure/azure-rest-api-specs: PUT by name answers 200 for an existing job",
  },
  "job-metadata-changes": {
    statement: "a PUT of a submitted job changes its tags, description and isArchived",
    confidence: "documented",
    source:
      "azure-ai-ml 1.35.2, JobOperations.archive: PUT with isArchived; Microsoft Learn: jobs are immutable but for tags and description",
  },
  "job-changed-by-run-history": {
    statement:
      "a PATCH of a job's run in run history, in whatever state the job is, adds tags to the job's tags, and hidden is the job's isArchived",
    confidence: "observed",
    source:
      "azure-ai-ml 1.35.2, JobOperations.update and archive; Azure/azure-sdk-for-python#47819: verified for pipeline jobs against the control plane",
  },
  "job-tag-removal": {
    statement: "a tag of a job can be changed; whether it can be removed differs, so no tag is ever removed",
    confidence: "observed",
    source:
      "Azure/azure-rest-api-specs, Jobs_CreateOrUpdate: tags replace the present ones; against it Azure/azure-sdk-for-python#30671: a tag left out of the PUT stays",
  },
  "job-submitter-token": {
    statement:
      "a job's PUT accepts a second token of the submitter in x-azureml-token, for the audience of Azure ML",
    confidence: "observed",
    source: "azure-ai-ml 1.35.2, JobOperations._create_or_update_with_different_version_api",
  },
  "job-cancel-accepted": {
    statement: "the cancellation of a running job is answered with 200 or 202, and the job ends as Canceled",
    confidence: "documented",
    source: "Azure/azure-rest-api-specs, Jobs_Cancel: 200 or 202 with Location",
  },
  "job-cancel-after-end": {
    statement:
      "the cancellation of a job that has ended is answered with 200 or 202, or refused with 400 or 409",
    confidence: "inferred",
    source: "no source states which; the program accepts all four",
  },
  "job-deletion": {
    statement: "a job that has ended can be deleted, and is then not found",
    confidence: "documented",
    source: "Azure/azure-rest-api-specs, Jobs_Delete",
  },
  "job-status-values": {
    statement:
      "a job's status is NotStarted, Starting, Provisioning, Preparing, Queued, Running, Finalizing, CancelRequested, Completed, Failed, Canceled, NotResponding, Paused, Scheduled or Unknown",
    confidence: "documented",
    source: "Azure/azure-rest-api-specs, enum JobStatus of machineLearningServices.json",
  },
  "job-studio-address": {
    statement: "a job's answer contains the address of its page in services.Studio.endpoint",
    confidence: "observed",
    source: "azure-ai-ml 1.35.2, Job.studio_url",
  },
  "discovery-without-token": {
    statement:
      "the workspace's discoveryUrl answers without a token with the address of the run history in api",
    confidence: "observed",
    source:
      "azure-ai-ml 1.35.2, operations/_workspace_operations_base and _utils/_azureml_polling; no Authorization is sent",
  },
  "run-details": {
    statement: "the run history has details of a job under its name: runId, status, logFiles",
    confidence: "observed",
    source: `${history}: RunDetailsDto`,
  },
  "unknown-run-is-404": {
    statement: "the details of a run that does not exist are answered with 404",
    confidence: "inferred",
    source: `${history}: error responses`,
  },
  "unknown-mlflow-run-is-404": {
    statement: "MLflow's runs/get of a run that does not exist is answered with 404",
    confidence: "documented",
    source: "MLflow's REST API 2.0: RESOURCE_DOES_NOT_EXIST is 404 (mlflow 3.1, exceptions.py)",
  },
  "metrics-on-root-run": {
    statement: "the loss metrics of the fine-tuning step are on the MLflow run that has the job's name",
    confidence: "observed",
    source:
      "PyPI azureml-acft-accelerator 0.0.91, utils/callbacks.py: metrics are logged on the step and on the root run",
  },
  "steps-below-pipeline-component": {
    statement:
      "the run of a job with one pipeline component has one child, the run of the component; the steps are children of that run",
    confidence: "observed",
    source:
      "Azure/azureml-assets, assets/aml-benchmark, utils/online_endpoint/online_endpoint_model.py takes the children of the first child; PyPI azure-ml-component 0.9.18, run.py: type of subgraph runs",
  },
  "job-output-as-model": {
    statement:
      "the output of a completed job is registered as a model by azureml://jobs/<job>/outputs/<output>",
    confidence: "documented",
    source: "Microsoft Learn, how-to-manage-models: register from a job's output",
  },
  "job-output-place": {
    statement:
      "an output of a job without a path is stored at azureml/<run of the step>/<output of the component> of the default datastore, and ${{name}} in a path is the run of the step",
    confidence: "documented",
    source:
      "MicrosoftDocs/azure-ai-docs, how-to-manage-inputs-outputs-pipeline.md (default path); MicrosoftDocs/azure-docs, concept-expressions.md (the step's name, not the pipeline's); that the step is the one that writes, inside a pipeline component, is inferred",
  },
  "job-output-registered": {
    statement:
      "an output with a name and a version becomes that version of a model or data asset when its job has run",
    confidence: "documented",
    source:
      "MicrosoftDocs/azure-ai-docs, how-to-manage-inputs-outputs-pipeline.md (register output as a named asset); the next version without one, and a failure for a version that exists, are inferred",
  },
  "job-output-types": {
    statement:
      "run history names the types of outputs MLFlowModel, UriFolder and so on, and refers to them as assets azureml://locations/<region>/workspaces/<guid>/…",
    confidence: "observed",
    source:
      "run details of AutoML runs in public repositories (best_model); azure-ai-ml 1.28.1, _job_ops_helper.py; microsoft/promptflow, run history client",
  },
  "cluster-deleted-under-job": {
    statement: "a job fails whose cluster is deleted while a step of it runs there",
    confidence: "inferred",
    source: "no source; the nodes and their disks are gone",
  },
  "own-validation-split": {
    statement:
      "without validation_file_path the component trains on the first 80 % of the training file and validates on its last 20 %",
    confidence: "observed",
    source: "Azure/azureml-assets, assets/training/finetune_acft_hf_nlp/src/preprocess/preprocess.py",
  },
  "validation-file-is-evaluated": {
    statement: "with validation_file_path eval_loss is measured on all rows of that file",
    confidence: "observed",
    source: "Azure/azureml-assets, assets/training/finetune_acft_hf_nlp/src/preprocess/preprocess.py",
  },
  "pipeline-without-deadline": {
    statement: "a pipeline job has no deadline of its own; a client must cancel a late one",
    confidence: "documented",
    source:
      "PipelineJob in Azure/azure-rest-api-specs has no `limits`, unlike CommandJob and SweepJob; azure-ai-ml, entities/_job/pipeline/pipeline_job_settings.py has no timeout",
  },
} as const satisfies Facts;
