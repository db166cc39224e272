/**
 * Azure GPU sizes that are retired, or announced to be. Azure stops and removes the machines of a retired size, and
 * accepts no new ones. A model's allow list may still name such a size: the list of Phi-3-mini-4k-instruct does.
 */

/** A family of VM sizes with a retirement date. */
interface RetiredFamily {
  /** Name in Azure's documentation. */
  series: string;
  /** First day without the family, YYYY-MM-DD, UTC. */
  date: string;
  /** GPUs of one machine, by size. A fraction of a GPU counts as one. */
  gpus: Readonly<Record<string, number>>;
  /** The series that Azure recommends instead. */
  successor: string;
  /** A size of that series for the remedy. */
  successorSize: string;
  /** Where the date was read. */
  source: string;
}

const NC_A100 = { successor: "NC A100 v4", successorSize: "Standard_NC24ads_A100_v4" };
const NV_A10 = { successor: "NVads A10 v5", successorSize: "Standard_NV36ads_A10_v5" };
const GUIDES = "MicrosoftDocs/azure-docs, articles/virtual-machines/sizes/migration-guides";
const LIST =
  "MicrosoftDocs/azure-compute-docs, articles/virtual-machines/sizes/retirement/retired-sizes-list.md; Azure/EOL, service_list.json";

/**
 * ND40rs_v2 (NDv2) is missing on purpose: neither list names it. The guides of the series retired in 2023 recommend
 * "another GPU size"; the successor given here is the one of NCv3.
 */
export const retiredFamilies: readonly RetiredFamily[] = [
  {
    series: "NC",
    date: "2023-09-06",
    gpus: { Standard_NC6: 1, Standard_NC12: 2, Standard_NC24: 4, Standard_NC24r: 4 },
    ...NC_A100,
    source: `${GUIDES}/nc-series-retirement.md`,
  },
  {
    series: "NCv2",
    date: "2023-09-06",
    gpus: { Standard_NC6s_v2: 1, Standard_NC12s_v2: 2, Standard_NC24s_v2: 4, Standard_NC24rs_v2: 4 },
    ...NC_A100,
    source: `${GUIDES}/ncv2-series-retirement.md`,
  },
  {
    series: "ND",
    date: "2023-09-06",
    gpus: { Standard_ND6s: 1, Standard_ND12s: 2, Standard_ND24s: 4, Standard_ND24rs: 4 },
    ...NC_A100,
    source: `${GUIDES}/nd-series-retirement.md`,
  },
  {
    series: "NV",
    date: "2023-09-06",
    gpus: { Standard_NV6: 1, Standard_NV12: 2, Standard_NV24: 4 },
    ...NV_A10,
    source: `${GUIDES}/nv-series-retirement.md`,
  },
  {
    series: "NCv3",
    date: "2025-03-31",
    gpus: { Standard_NC24rs_v3: 4 },
    ...NC_A100,
    // The list of the compute documentation says 2025-09-30 for this size too.
    source: "Azure/EOL, service_list.json (Standard_NC24rs_v3)",
  },
  {
    series: "NCv3",
    date: "2025-09-30",
    gpus: { Standard_NC6s_v3: 1, Standard_NC12s_v3: 2, Standard_NC24s_v3: 4 },
    ...NC_A100,
    source: `MicrosoftDocs/azure-docs, articles/virtual-machines/ncv3-nc6s-nc12s-nc24s-retirement.md; ${LIST}`,
  },
  {
    series: "NVv3",
    date: "2026-09-30",
    // The counts of hs and ms sizes are inferred: the page of the series lists only the s sizes.
    gpus: {
      Standard_NV12s_v3: 1,
      Standard_NV12hs_v3: 1,
      Standard_NV24s_v3: 2,
      Standard_NV24ms_v3: 2,
      Standard_NV32ms_v3: 4,
      Standard_NV48s_v3: 4,
    },
    ...NV_A10,
    source: LIST,
  },
  {
    series: "NVv4",
    date: "2026-09-30",
    gpus: {
      Standard_NV4as_v4: 1,
      Standard_NV4ahs_v4: 1,
      Standard_NV8as_v4: 1,
      Standard_NV8ahs_v4: 1,
      Standard_NV16as_v4: 1,
      Standard_NV16ahs_v4: 1,
      Standard_NV32as_v4: 1,
      Standard_NV32ahs_v4: 1,
    },
    // The guide recommends NVads V710 v5 (AMD), the list also names NVads A10 v5, which Azure ML supports.
    ...NV_A10,
    source: LIST,
  },
];

/** What is known about the retirement of a size. */
export interface Retirement {
  series: string;
  /** YYYY-MM-DD, UTC. */
  date: string;
  /** Whether the date has passed. */
  retired: boolean;
  /** GPUs of one machine. */
  gpus: number;
  successor: string;
  successorSize: string;
}

/**
 * The retirement of a size, or undefined if none is known. Names are case-insensitive; a suffix `_Promo` counts as the
 * size itself.
 * @param today default: the current date.
 */
export function retirementOf(name: string, today = new Date()): Retirement | undefined {
  const wanted = name.toLowerCase().replace(/_promo$/, "");
  for (const { series, date, gpus, successor, successorSize } of retiredFamilies)
    for (const [size, count] of Object.entries(gpus))
      if (size.toLowerCase() === wanted)
        return { series, date, retired: isPast(date, today), gpus: count, successor, successorSize };
  return undefined;
}

/** Whether a date (YYYY-MM-DD, optionally with a time) has begun in UTC. */
export function isPast(date: string, today = new Date()): boolean {
  return date.slice(0, 10) <= today.toISOString().slice(0, 10);
}
