/** The Helm chart without a cluster: what it refuses, and what Kubernetes gets. processes.test.ts starts it. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { program } from '../../src/cli/program.ts';
import { type Case, type KubernetesObject, needsRenderer, podsOf, type Rendered, render } from '../support/chart.ts';

const minimal = { database: { existingSecret: 'db' }, secretKey: { existingSecret: 'key' } };
const trial = { postgresql: { enabled: true } };
const secret = { existingSecret: 'of-others' };
const peers = [{ namespaceSelector: {} }];

const groups = { roles: { viewer: ['*'] }, groupsClaim: 'roles', scopes: ['groups', 'x'], recheckMinutes: 0 };

const everything: Case['values'] = {
  ...minimal,
  commonLabels: { team: 'ads' },
  commonAnnotations: { 'example.com/owner': 'ads' },
  image: { digest: `sha256:${'ab'.repeat(32)}` },
  imagePullSecrets: [{ name: 'registry' }],
  config: {
    ...{ publicUrl: 'https://ads.example.com', trustProxy: '10.0.0.0/8', logLevel: 'debug' },
    ...{ internalHosts: ['db.corp.example:5432', '10.1.0.0/16'], secretFolders: ['/run/secrets/line'] },
    ...{ concurrency: 2, readerMemoryMb: 500, uploadMaxMb: 100, retryHours: 3 },
    ...{ metricsPerJob: true, machineCredentials: true },
  },
  oidc: {
    issuer: 'https://login.example.com',
    clientId: 'lineup',
    ...secret,
    label: 'Company',
    createUsers: true,
    ...groups,
  },
  uploads: { storageClassName: 'nfs', annotations: { a: 'b' } },
  exports: { existingClaim: 'exports' },
  otel: { endpoint: 'http://collector:4318' },
  api: {
    autoscaling: { enabled: true, behavior: { scaleDown: { stabilizationWindowSeconds: 60 } } },
    podAnnotations: { a: 'b' },
    podLabels: { c: 'd' },
    nodeSelector: { disk: 'fast' },
    tolerations: [{ key: 'ads', operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
    priorityClassName: 'high',
  },
  worker: {
    autoscaling: { enabled: true, metric: { matchLabels: { job: 'lineup' } } },
    topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }],
    extraEnv: [{ name: 'LINEUP_RETRY_HOURS', value: '4' }],
    extraVolumes: [{ name: 'more', emptyDir: {} }],
    extraVolumeMounts: [{ name: 'more', mountPath: '/more' }],
    extraArgs: [],
  },
  extraEnv: [{ name: 'HTTPS_PROXY', value: 'http://proxy:3128' }],
  extraEnvFrom: [{ secretRef: { name: 'more' } }],
  extraVolumes: [{ name: 'line', secret: { secretName: 'line' } }],
  extraVolumeMounts: [{ name: 'line', mountPath: '/run/secrets/line', readOnly: true }],
  podAnnotations: { e: 'f' },
  serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn' } },
  service: { type: 'NodePort', nodePort: 30080, annotations: { g: 'h' } },
  ingress: { enabled: true, className: 'nginx', host: 'ads.example.com', tls: { secretName: 'tls' } },
  serviceMonitor: { enabled: true, ...secret, labels: { release: 'prometheus' }, relabelings: [{ action: 'drop' }] },
  networkPolicy: {
    ...{ enabled: true, ingressFrom: peers, databaseTo: peers, httpsTo: peers, databasePort: 6432 },
    extraEgress: [{ ports: [{ port: 587, protocol: 'TCP' }] }],
  },
  extraObjects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '{{ .Release.Name }}-more', labels: {} } }],
};

const long = 'a-release-with-a-name-that-is-nearly-as-long-as-helm-lets';

const installations = (): Record<string, Rendered> => {
  const keda = (more: object) => ({ ...minimal, worker: { keda: { enabled: true, ...more } } });
  const cases = {
    minimal: { values: minimal },
    everything: { values: everything },
    trial: { values: { ...trial, networkPolicy: { enabled: true }, uploads: { enabled: false } } },
    keda: { values: keda({}) },
    kedaByPrometheus: { values: keda({ trigger: 'prometheus', prometheus: { serverAddress: 'http://prometheus' } }) },
    long: { release: long, values: { ...trial, nameOverride: 'with-another-name-that-is-long-itself-too' } },
    ingressWithoutTls: { values: { ...minimal, ingress: { enabled: true, tls: { enabled: false } } } },
  };
  const rendered = render(...Object.values(cases));
  return Object.fromEntries(Object.keys(cases).map((name, n) => [name, rendered[n]!]));
};

const named = ({ objects }: Rendered, kind: string, name?: string): KubernetesObject => {
  const found = objects.filter(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
  );
  expect([kind, name, found.length]).toEqual([kind, name, 1]);
  return found[0]!;
};
const variablesOf = ({ spec }: ReturnType<typeof podsOf>[number]) =>
  Object.fromEntries(spec.containers[0]!.env!.map(({ name, value }) => [name, value]));
const subset = (part: Record<string, string>, whole: Record<string, string>) =>
  Object.entries(part).every(([name, value]) => whole[name] === value);

describe('the chart', needsRenderer, () => {
  test('refuses values that cannot work, each with one sentence', () => {
    const worker = (more: object) => ({ ...minimal, worker: more });
    const refused: readonly (readonly [Case, RegExp])[] = [
      [{ values: {} }, /needs a database\. Set database\.existingSecret .*postgresql\.enabled=true/],
      [{ values: { database: minimal.database } }, /needs a key .*secretKey\.existingSecret .*keep a copy/],
      [{ values: { ...minimal, ...trial } }, /Two databases/],
      [{ values: worker({ autoscaling: { enabled: true }, keda: { enabled: true } }) }, /Two autoscalers/],
      [{ values: worker({ keda: { enabled: true, trigger: 'prometheus' } }) }, /keda\.prometheus\.serverAddress/],
      [{ values: { ...minimal, serviceMonitor: { enabled: true } } }, /needs a token/],
      [{ values: { ...minimal, oidc: { issuer: 'https://login.example.com' } } }, /oidc\./],
      // The schema.
      [{ values: { ...minimal, replicas: 2 } }, /property replicas is not allowed/],
      [{ values: worker({ replicaCount: '2' }) }, /worker\.replicaCount: Invalid type/],
      // Nobody would wake jobs: the scheduler is in the workers.
      [{ values: worker({ keda: { enabled: true, minReplicas: 0 } }) }, /minReplicas: Must be greater/],
      [{ values: { ...minimal, config: { trustProxy: 'true' } } }, /config\.trustProxy/],
      [{ values: { ...minimal, config: { publicUrl: 'https://example.com/lineup' } } }, /config\.publicUrl/],
      // The Secret of a trial was deleted, and another key would open nothing.
      [
        { values: trial, upgrade: true, cluster: { 'v1/Namespace//ads': { kind: 'Namespace' } } },
        /lineup-trial is gone/,
      ],
    ];
    const rendered = render(...refused.map(([values]) => values));
    for (const [n, [, why]] of refused.entries()) {
      expect(rendered[n]).toMatchObject({ objects: [], error: expect.stringMatching(why) });
    }
  });

  test('has objects that Kubernetes takes, and that belong together', async () => {
    const commands = new Set<string>();
    for (const [name, rendered] of Object.entries(installations())) {
      // It names the object and the field that Kubernetes would refuse.
      expect([name, rendered.error]).toEqual([name, undefined]);
      const { objects } = rendered;
      expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
        ...new Set(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)),
      ]);
      const pods = podsOf(rendered);
      const labelsOfPods = pods.map(({ owner }) => owner.spec.template?.metadata.labels ?? owner.metadata.labels);
      for (const { kind, metadata, spec } of objects) {
        // Names of pods and Services are labels.
        expect(metadata.name.length).toBeLessThanOrEqual(kind === 'StatefulSet' ? 52 : 63);
        if (kind === 'ConfigMap') continue;
        const wanted = {
          'app.kubernetes.io/instance': expect.stringMatching(/^.{1,63}$/),
          'helm.sh/chart': `lineup-${packageJson.version}`,
        };
        expect(metadata.labels).toMatchObject(wanted);
        // What selects pods selects some, and only those of one component.
        const selector =
          spec?.podSelector?.matchLabels ?? spec?.selector?.matchLabels ?? (kind === 'Service' && spec.selector);
        if (selector && kind !== 'ServiceMonitor') {
          expect([kind, metadata.name, labelsOfPods.filter((labels) => subset(selector, labels)).length]).toEqual([
            kind,
            metadata.name,
            1,
          ]);
        }
        if (kind === 'Deployment') expect(subset(selector, spec.template.metadata.labels)).toBe(true);
        // What an autoscaler changes has no fixed number, or each upgrade would set it back.
        if (spec?.scaleTargetRef) {
          const target = named(rendered, spec.scaleTargetRef.kind, spec.scaleTargetRef.name);
          expect(target.spec.replicas).toBeUndefined();
        }
        for (const { metadata: own, authenticationRef } of spec?.triggers ?? []) {
          expect(Object.values(own)).not.toContain('');
          if (authenticationRef) named(rendered, 'TriggerAuthentication', authenticationRef.name);
        }
      }
      for (const { owner, spec } of pods) {
        for (const { volumeMounts = [], args = [], env = [], ports = [], ...container } of spec.containers) {
          const claims = (owner.spec.volumeClaimTemplates ?? []) as KubernetesObject[];
          const own = [...(spec.volumes ?? []), ...claims.map(({ metadata }) => metadata)].map((volume) => volume.name);
          expect(volumeMounts.map((mount) => mount.name).filter((volume) => !own.includes(volume))).toEqual([]);
          for (const { httpGet } of [container.startupProbe, container.readinessProbe, container.livenessProbe].map(
            (probe) => probe ?? {},
          )) {
            if (httpGet) expect(ports.map((port) => port.name)).toContain(httpGet.port);
          }
          const [command, ...flags] = args;
          if (owner.kind !== 'Deployment') continue;
          expect(command).toBe('serve');
          commands.add(flags.join(' '));
          // Every path is in a volume, because the root of the container is read only.
          const paths = [
            ...env.filter(({ name: variable }) => /^(LINEUP_.*_DIR|.*_FILE)$/.test(variable)).map(({ value }) => value),
            ...flags.filter((flag) => flag.startsWith('/')),
          ];
          const mounted = volumeMounts.map(({ mountPath }) => mountPath);
          expect(paths.filter((path) => !mounted.some((folder) => path.startsWith(`${folder}/`)))).toEqual([]);
          // No secret is a variable.
          expect(env.filter(({ value }) => value === undefined)).toEqual([]);
        }
      }
    }
    for (const flags of commands) {
      const serve = (await program(['serve'])).commands.find((command) => command.name() === 'serve')!;
      expect(serve.parseOptions(flags.split(' ')).unknown).toEqual([]);
    }
  });

  test('has only pods that a namespace with the Pod Security Standard "restricted" takes', () => {
    const context = {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    };
    let containers = 0;
    for (const rendered of Object.values(installations())) {
      for (const { spec } of podsOf(rendered)) {
        expect(spec.automountServiceAccountToken).toBe(false);
        expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
        expect(spec.securityContext?.runAsUser).toBeGreaterThan(0);
        for (const { name, ...kind } of spec.volumes ?? []) {
          expect(['emptyDir', 'persistentVolumeClaim', 'projected', 'secret']).toContain(Object.keys(kind)[0]);
        }
        for (const container of spec.containers) {
          expect(container.securityContext).toEqual(context);
          containers += 1;
        }
      }
      for (const { kind, automountServiceAccountToken } of rendered.objects) {
        if (kind === 'ServiceAccount') expect(automountServiceAccountToken).toBe(false);
      }
    }
    expect(containers).toBeGreaterThan(20);
  });

  test('has what each value asks for', () => {
    const { minimal: plain, everything: all, trial: tried, keda, ingressWithoutTls: http } = installations();
    expect(named(plain!, 'Deployment', 'lineup-worker').spec).toMatchObject({ replicas: 2 });
    // The address of the port that NOTES.txt forwards, or that of the ingress.
    const address = (rendered: Rendered) => variablesOf(podsOf(rendered)[0]!).LINEUP_PUBLIC_URL;
    expect([address(plain!), plain!.notes]).toEqual(['http://127.0.0.1:8080', expect.stringContaining(' 8080:80')]);
    expect([address(http!), http!.notes]).toEqual([
      'http://lineup.example.com',
      expect.not.stringContaining(' 8080:80'),
    ]);
    const worker = podsOf(plain!).find(({ owner }) => owner.metadata.name === 'lineup-worker')!;
    const [container] = worker.spec.containers;
    // A run has its grace, and its state is written before the pod is killed.
    const grace = Number(container!.args![container!.args!.indexOf('--grace') + 1]);
    expect(worker.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(grace + 30);
    expect(container!.volumeMounts!.find(({ name }) => name === 'shm')).toMatchObject({ mountPath: '/dev/shm' });
    // The API and the workers share the uploads.
    const [claims] = [
      podsOf(plain!).flatMap(({ spec }) => spec.volumes?.filter(({ name }) => name === 'uploads') ?? []),
    ];
    expect(claims).toEqual(
      Array.from({ length: 2 }, () => ({ name: 'uploads', persistentVolumeClaim: { claimName: 'lineup-uploads' } })),
    );
    expect(named(plain!, 'PersistentVolumeClaim').metadata.annotations).toMatchObject({
      'helm.sh/resource-policy': 'keep',
    });

    const api = podsOf(all!).find(({ owner }) => owner.metadata.name === 'lineup-api')!;
    expect(variablesOf(api)).toEqual({
      DATABASE_URL_FILE: '/run/secrets/lineup/database-url',
      HTTPS_PROXY: 'http://proxy:3128',
      LINEUP_CONCURRENCY: '2',
      LINEUP_DATA_DIR: '/data/lineup',
      LINEUP_INTERNAL_HOSTS: 'db.corp.example:5432,10.1.0.0/16',
      LINEUP_LOG_LEVEL: 'debug',
      LINEUP_MACHINE_CREDENTIALS: 'true',
      LINEUP_METRICS_PER_JOB: 'true',
      LINEUP_OIDC_CLIENT_ID: 'lineup',
      LINEUP_OIDC_CLIENT_SECRET_FILE: '/run/secrets/lineup/oidc-client-secret',
      LINEUP_OIDC_CREATE_USERS: 'true',
      LINEUP_OIDC_GROUPS_CLAIM: 'roles',
      LINEUP_OIDC_ISSUER: 'https://login.example.com',
      LINEUP_OIDC_LABEL: 'Company',
      LINEUP_OIDC_RECHECK_MINUTES: '0',
      LINEUP_OIDC_ROLES: '{"viewer":["*"]}',
      LINEUP_OIDC_SCOPES: 'groups x',
      LINEUP_PUBLIC_URL: 'https://ads.example.com',
      LINEUP_READER_MEMORY_MB: '500',
      LINEUP_RETRY_HOURS: '3',
      LINEUP_SECRET_FOLDERS: '/run/secrets/line',
      LINEUP_SECRET_KEY_FILE: '/run/secrets/lineup/secret-key',
      LINEUP_TRUST_PROXY: '10.0.0.0/8',
      LINEUP_UPLOADS_DIR: '/uploads/lineup',
      LINEUP_UPLOAD_MAX_MB: '100',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
    });
    const { selector, endpoints } = named(all!, 'ServiceMonitor').spec;
    const service = named(all!, 'Service');
    expect(subset(selector.matchLabels, service.metadata.labels)).toBe(true);
    expect(endpoints).toMatchObject([{ port: service.spec.ports[0].name, path: '/metrics' }]);
    const policy = named(all!, 'NetworkPolicy', 'lineup-worker').spec;
    expect(policy.ingress).toEqual([]);
    expect(policy.egress.map(({ ports }: { ports: { port: number }[] }) => ports.map(({ port }) => port))).toEqual([
      [53, 53],
      [6432],
      [443],
      [587],
    ]);
    expect(named(all!, 'HorizontalPodAutoscaler', 'lineup-worker').spec.metrics).toEqual([
      {
        type: 'External',
        external: {
          metric: { name: 'lineup_queue_oldest_seconds', selector: { matchLabels: { job: 'lineup' } } },
          target: { type: 'AverageValue', averageValue: '60' },
        },
      },
    ]);
    expect(all!.objects.find(({ kind }) => kind === 'ConfigMap')?.metadata.name).toBe('lineup-more');

    // KEDA and the pods have the same Secret.
    expect(named(keda!, 'TriggerAuthentication').spec.secretTargetRef).toEqual([
      { parameter: 'connection', name: 'db', key: 'database-url' },
    ]);
    expect(named(tried!, 'StatefulSet').spec.replicas).toBe(1);
    expect(tried!.notes).toContain('trial');
    expect(tried!.notes).toContain('must not upload files');
    expect(plain!.notes).not.toContain('trial');
    // Only a trial has a Secret of the chart.
    for (const rendered of [plain!, all!]) expect(rendered.objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });

  test('keeps the key of a trial: an upgrade finds it, and where nothing can be found the cluster refuses another', () => {
    const [first, blind] = render({ values: trial }, { values: trial });
    const made = named(first, 'Secret');
    expect(Buffer.from(Buffer.from(made.data!['secret-key']!, 'base64').toString(), 'base64')).toHaveLength(32);
    const password = Buffer.from(made.data!['postgres-password']!, 'base64').toString();
    expect(Buffer.from(made.data!['database-url']!, 'base64').toString()).toBe(
      `postgres://lineup:${password}@lineup-postgresql:5432/lineup`,
    );
    const cluster = { 'v1/Secret/ads/lineup-trial': made };
    const [next] = render({ values: trial, upgrade: true, cluster });
    expect(named(next, 'Secret').data).toEqual(made.data);
    // As Argo CD renders it, without a look at the cluster.
    expect(named(blind, 'Secret').data).not.toEqual(made.data);
    expect(made).toMatchObject({ immutable: true, metadata: { annotations: { 'helm.sh/resource-policy': 'keep' } } });
  });
});

test('the chart has the version of the program, and describes each value', () => {
  const read = (path: string) => readFileSync(path, 'utf8');
  const { version } = packageJson;
  expect(parse(read('deploy/helm/lineup/Chart.yaml'))).toMatchObject({ version, appVersion: version });
  const [owner] = /(?<=github\.com\/)[\w-]+/.exec(read('packages/line-ads/package.json'))!;
  const values = parse(read('deploy/helm/lineup/values.yaml')) as { image: { repository: string } };
  expect(values.image.repository).toBe(`ghcr.io/${owner}/lineup`);
  // The schema knows each value, and no other.
  const schema = JSON.parse(read('deploy/helm/lineup/values.schema.json')) as Schema;
  expect(differences(values, schema, schema.definitions!)).toEqual([]);
});

interface Schema {
  readonly $ref?: string;
  readonly properties?: Record<string, Schema>;
  readonly definitions?: Record<string, Schema>;
}

/** Helm gives `global` to charts that are part of another. The others are empty in values.yaml, or Kubernetes’. */
const optional = new Set([
  ...['global', 'administrator', 'editor', 'viewer'],
  ...['initialDelaySeconds', 'successThreshold', 'claims', 'requests', 'limits'],
]);

/** The paths that only one of the two has. */
function differences(values: unknown, schema: Schema, definitions: Record<string, Schema>, path = ''): string[] {
  const { properties } = schema.$ref ? definitions[schema.$ref.split('/').at(-1)!]! : schema;
  if (!properties || values === null || typeof values !== 'object') return [];
  const known = Object.keys(properties).filter((key) => !optional.has(key));
  const own = values as Record<string, unknown>;
  return [
    ...known.filter((key) => !(key in own)).map((key) => `${path}${key} is not in values.yaml`),
    ...Object.keys(own).flatMap((key) => {
      const below = properties[key];
      return below
        ? differences(own[key], below, definitions, `${path}${key}.`)
        : [`${path}${key} is not in the schema`];
    }),
  ];
}
