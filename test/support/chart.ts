/**
 * The Helm chart as Kubernetes gets it. A program in Go renders it (test/helm/render): the values as Helm checks them,
 * the templates with Helm’s functions, and each object decoded strictly into Kubernetes’ own types.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { needs } from './skip.ts';

const renderer = 'build/chart-renderer';

export const needsRenderer = needs(
  existsSync(renderer),
  'the renderer of the Helm chart is not built: on Debian, as root, npm test installs Go and builds it',
);

export interface Case {
  readonly release?: string;
  readonly upgrade?: boolean;
  readonly values: Record<string, unknown>;
  /** What `lookup` finds, as `v1/Secret/<namespace>/<name>`. */
  readonly cluster?: Record<string, unknown>;
}

export interface Rendered {
  /** Why the chart refuses these values. */
  readonly error?: string;
  readonly objects: readonly KubernetesObject[];
  readonly notes: string;
}

type Labels = Readonly<Record<string, string>>;

interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels: Labels;
  readonly annotations?: Labels;
}

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  // biome-ignore lint/suspicious/noExplicitAny: each kind has its own; the renderer has checked it
  readonly spec?: any;
  readonly data?: Labels;
  readonly immutable?: boolean;
  readonly automountServiceAccountToken?: boolean;
}

export interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string | number };
  readonly exec?: { readonly command: readonly string[] };
}

export interface Container {
  readonly name: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly securityContext?: Record<string, unknown>;
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly volumes?: readonly (Readonly<Record<string, unknown>> & { readonly name: string })[];
  readonly securityContext?: Record<string, unknown>;
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken?: boolean;
  readonly terminationGracePeriodSeconds?: number;
}

/** Renders several installations at once, all in the namespace `ads`. */
export function render<const Cases extends readonly Case[]>(...cases: Cases): { [N in keyof Cases]: Rendered } {
  const input = cases.map((given) => ({ release: 'lineup', namespace: 'ads', cluster: {}, upgrade: false, ...given }));
  const output = execFileSync(renderer, ['deploy/helm/lineup'], { input: JSON.stringify(input), encoding: 'utf8' });
  return JSON.parse(output) as { [N in keyof Cases]: Rendered };
}

/** The pods of an installation, with what they are pods of. */
export const podsOf = ({ objects }: Rendered): { readonly owner: KubernetesObject; readonly spec: PodSpec }[] =>
  objects.flatMap((owner) => {
    const spec = (owner.kind === 'Pod' ? owner.spec : owner.spec?.template?.spec) as PodSpec | undefined;
    return spec ? [{ owner, spec }] : [];
  });
