/**
 * The world of one history: builds everything that the plan names, connects it with the invariants, and keeps the
 * trace. What happens in it, and for how long, is in history.ts.
 */

import type { StoredJob } from '../../src/contracts/job-store.ts';
import { LineupError } from '../../src/domain/errors/errors.ts';
import { uploadOfSegment } from '../../src/domain/files/file-names.ts';
import { newRunId } from '../../src/export/context.ts';
import { leaseOfRun } from '../../src/jobs/run-journals.ts';
import { Process } from '../engine/process.ts';
import { Random } from '../engine/random.ts';
import type { AtDestination } from '../invariants/at-destination.ts';
import { JobInvariants } from '../invariants/jobs.ts';
import { LineInvariants } from '../invariants/line.ts';
import { LyAdsInvariants } from '../invariants/ly-ads.ts';
import { OfficialAccountInvariants } from '../invariants/official-account.ts';
import { checkBytes, checkText } from '../invariants/raw-values.ts';
import { type KnownRun, Runs } from '../invariants/runs.ts';
import { Splits } from '../invariants/splits.ts';
import { Triggers } from '../invariants/triggers.ts';
import { Turnovers } from '../invariants/turnovers.ts';
import { Versions } from '../invariants/versions.ts';
import { ViolationError } from '../invariants/violation.ts';
import { Disk } from '../memory/run-folder.ts';
import { MemoryStorage } from '../memory/storage.ts';
import { LineAdsSide } from './destinations/line-ads.ts';
import { authorizationOf, LyAdsSide } from './destinations/ly-ads.ts';
import { OfficialAccountSide } from './destinations/official-account.ts';
import { deliveriesIn, leftOutIn, linesOf, truthsOf } from './expected-lines.ts';
import { Faults } from './faults.ts';
import { FingerprintPlaces } from './fingerprint-places.ts';
import { LookedAt } from './looked-at.ts';
import { PartStore } from './part-files.ts';
import { formOf, People } from './people.ts';
import type { JobPlan, LooksPlan, Plan, WebhookPlan } from './plan.ts';
import type { UpgradeFault } from './planned-faults.ts';
import { planted } from './plants.ts';
import { type SenderOptions, sendWebhook } from './sender.ts';
import { Service } from './service.ts';
import { SourceWorld } from './source.ts';
import { fieldsOf, identifierField, partOf } from './split-plan.ts';
import type { NextMigration, SeenWrites, Storage } from './storage.ts';
import { migrationOf, NEWER, OLDER, usesNewKey } from './versions.ts';
import { describe, type PlayOptions, World } from './world.ts';

export class HistoryWorld extends World<Plan, LineAdsSide | LyAdsSide | OfficialAccountSide> {
  readonly storage: Storage;
  readonly faults: Faults;
  readonly runs: Runs;
  readonly atDestination: AtDestination;
  readonly jobInvariants = new JobInvariants();
  readonly triggers: Triggers;
  readonly turnovers: Turnovers;
  readonly partFiles: PartStore;
  readonly splits: Splits;
  readonly #versions: Versions;
  /** The ids of the jobs, by their numbers in the plan. */
  readonly jobIds: (string | undefined)[] = [];
  /** What people are still going to do. */
  actsLeft: number;
  /** How often a person connects after the faults have stopped. Once for each application is enough. */
  #connectsLeft = 4;
  /** How many webhooks are on their way, or will be sent, and how often sources will change. */
  coming = 0;
  /** What jobs look at, by their numbers in the plan. */
  readonly #lookedAt: readonly (LookedAt | undefined)[];
  /** How many people are about to connect. */
  connecting = 0;
  readonly #random: Random;
  readonly #disks = new Map<Service, Disk>();
  readonly #allDisks: Disk[] = [];
  readonly #fingerprints: FingerprintPlaces;
  readonly #workers: Service[] = [];
  readonly #people: People;
  readonly #api: Service;
  /** The version of its suppression list that each run has read last. */
  readonly #listsRead = new Map<string, SourceWorld['version']>();
  #started = 0;
  #isCalm = false;
  /** The keys whose tokens LY has deleted. */
  readonly #disconnected = new Set<number>();
  /** What the newer version does to the tables, once it has come. */
  #migration: NextMigration | undefined;
  #isUndone = false;
  readonly #hasUpgrade: boolean;

  constructor(plan: Plan, options: PlayOptions) {
    super(plan, options, (timeline) =>
      plan.lyAds
        ? new LyAdsSide(timeline, plan, plan.lyAds)
        : plan.officialAccount
          ? new OfficialAccountSide(timeline, plan, plan.officialAccount)
          : new LineAdsSide(timeline, plan),
    );
    const { timeline, destination } = this;
    this.actsLeft = plan.people.length;
    this.#random = new Random(plan.seed, 'ids');
    this.#hasUpgrade = plan.faults.some(({ kind }) => kind === 'upgrade');
    const hasGoodClocks = !plan.clocks && plan.faults.every(({ kind }) => kind !== 'clock');
    this.#lookedAt = plan.jobs.map(({ looks }, n) => looks && this.#newLookedAt(n, looks));
    this.triggers = new Triggers({
      rows: () => this.storage.rows,
      wall: () => timeline.wall,
      hasGoodClocks,
      lookedAtBy: (segment) => this.#lookedAtBy(segment),
    });
    this.storage = options.storageOf?.(timeline) ?? new MemoryStorage(timeline);
    this.#fingerprints = new FingerprintPlaces({
      plan,
      storage: this.storage,
      now: () => timeline.now,
      note: (text) => this.note('-', text),
    });
    this.storage.onCommit = (writes) => this.guarded(() => this.#onCommit(writes));
    this.faults = new Faults(plan, {
      timeline,
      workers: () => this.#workers.filter(({ process }) => !process.isDead),
      diskOf: (worker) => this.#disks.get(worker)!,
      startAgain: (worker, disk) => this.startWorker(disk, this.#isUndone ? OLDER : worker.knows),
      destination,
      audienceOf: (job) => this.storage.rows.jobs.get(this.jobIds[job] ?? '')?.audienceId,
      upgrade: (fault) => this.#upgrade(fault),
      disturbFingerprints: (fault, disk) => this.#fingerprints.disturb(fault, disk, this.#api.fingerprints),
      restartDatabase: () => this.storage.restart(),
      connectLater: (key, afterMs) => {
        this.#disconnected.add(key);
        timeline.schedule(null, 'a person connects', afterMs, () => void this.#connect(key));
      },
      random: () => this.#random.next(),
    });
    this.#versions = new Versions({
      rows: () => this.storage.rows,
      now: () => timeline.now,
      disturbedUntil: () => this.faults.disturbedUntil,
    });
    this.runs = new Runs({
      stagedFiles: (runId, file) => this.#allDisks.flatMap(({ written }) => written.get(`${runId}/${file}`) ?? []),
      truthOf: ({ state: { request } }) => {
        const { label } = request.source;
        // A person may have changed that of the parts.
        const holdOut = isOfPart(label) ? (request.holdOut ?? null) : undefined;
        return truthsOf(this.#planOfSegment(label), holdOut);
      },
    });
    this.turnovers = new Turnovers(this.runs);
    this.partFiles = new PartStore((segment) =>
      this.jobs().some(({ configuration }) => configuration.segment_id === segment),
    );
    this.splits = new Splits({
      runs: this.runs,
      hasGoodClocks,
      rows: () => this.storage.rows,
      rowsOf: (segment) => this.partFiles.rowsOf(segment),
      planOf: (segment) => plan.jobs[numberOf(segment)],
      isSendable: ({ configuration }) =>
        truthsOf(this.#planOfSegment(configuration.segment_id), null).some((version) =>
          version.every(({ lines }) => lines.length > 0),
        ),
    });
    const existing = plan.jobs.map((job, n) =>
      [job, ...(job.siblings ?? [])].map((delivery, field) => {
        const name = field === 0 ? `Existing ${n}` : `Existing ${n} sibling ${field}`;
        return delivery.existing === null ? null : destination.addAudience(name, { ...job, ...delivery });
      }),
    );
    this.atDestination = this.#invariants();
    this.#api = this.#service(new Process(timeline, 'api', plan.seed), new Disk(), NEWER);
    this.#people = new People(
      this.#api,
      plan.jobs.flatMap(({ account, identifier }, n) => {
        const id = existing[n]?.[0];
        return id ? [{ id, account, type: identifier }] : [];
      }),
      (account, name) => destination.audienceNamed(account, name),
      (segment) => this.#lookedAtBy(segment),
    );
    for (const [n, job] of plan.jobs.entries()) void this.#create(n, job, existing[n] ?? []);
    for (let n = 0; n < plan.workers; n += 1) this.startWorker(undefined);
    for (const [n, { webhooks = [] }] of plan.jobs.entries())
      for (const [count, webhook] of webhooks.entries()) {
        this.coming += 1;
        timeline.schedule(null, `webhook ${count} for job ${n}`, webhook.afterMs, () => {
          void this.#send(n, `webhook_${count}`, webhook).finally(() => {
            this.coming -= 1;
          });
        });
      }
    for (const [n, { looks }] of plan.jobs.entries())
      for (const { afterMs, change } of looks?.changes ?? []) {
        this.coming += 1;
        timeline.schedule(null, `the source of job ${n} changes: ${change}`, afterMs, () => {
          this.coming -= 1;
          this.#lookedAt[n]?.change(change, timeline.wall);
        });
      }
    for (const act of plan.people) {
      timeline.schedule(null, `a person: ${act.action} job ${act.job}`, act.afterMs, () => {
        void this.act(act.job, act.action).finally(() => {
          this.actsLeft -= 1;
        });
      });
    }
  }

  #newLookedAt(n: number, looks: LooksPlan): LookedAt {
    const { timeline } = this;
    const lookedAt = new LookedAt(looks, timeline.wall, {
      onTold: (text) => this.triggers.onTold(`segment-${n}`, text),
      onMoment: (event, process) => {
        if (event === 'new' || event === 'back') {
          this.note('-', `the source of job ${n} changes: ${event}`);
          lookedAt.change(event, timeline.wall);
          return;
        }
        this.actsLeft += 1;
        timeline.schedule(null, `at a look at the source of job ${n}: ${event}`, 0, () => {
          const worker = this.#workers.find((candidate) => candidate.process === process);
          if (event === 'kill') {
            this.actsLeft -= 1;
            if (worker && !worker.process.isDead) this.faults.kill(worker);
            return;
          }
          void this.act(n, event).finally(() => {
            this.actsLeft -= 1;
          });
        });
      },
    });
    this.sources[n]?.follow({
      get version() {
        return Math.max(0, lookedAt.newest - 1);
      },
      onScan: () => lookedAt.onScan(),
    });
    return lookedAt;
  }

  /** What is at an address in the source of a job, or at the source itself. */
  #lookedAtBy(address: string): LookedAt | undefined {
    return this.#lookedAt[Number.parseInt(address.slice('segment-'.length), 10)];
  }

  #invariants(): AtDestination {
    const { destination, runs, timeline } = this;
    const jobOf = ({ state }: KnownRun) => this.#planOfSegment(state.request.source.label);
    const common = {
      runs,
      now: () => timeline.now,
      holds: (process: string, runId: string) => {
        const lease = this.storage.rows.leases.get(leaseOfRun(runId));
        return lease !== undefined && lease.holder === process && lease.expiresAt > timeline.now;
      },
    };
    if (destination instanceof LyAdsSide) {
      return new LyAdsInvariants({
        ...common,
        side: destination,
        wall: () => timeline.wall,
        disturbedUntil: () => this.faults.disturbedUntil,
        planOf: jobOf,
        leftOutOf: (run) => leftOutIn(jobOf(run), this.#listsRead.get(run.id)),
      });
    }
    if (destination instanceof OfficialAccountSide) {
      return new OfficialAccountInvariants({
        ...common,
        side: destination,
        wall: () => timeline.wall,
        step: () => timeline.steps,
        jobs: () => this.jobs(),
        planOf: jobOf,
        leftOutOf: (run) => leftOutIn(jobOf(run), this.#listsRead.get(run.id)),
      });
    }
    return new LineInvariants({
      ...common,
      state: destination.world.state,
      hasDeleted: () => destination.hasDeleted,
      lastGood: (audienceId) => runs.lastGood(audienceId),
      rulesOf: (run) => jobOf(run).alerts,
      fills: (jobId, audienceId) => {
        const job = this.storage.rows.jobs.get(jobId);
        const ids = job ? [job.audienceId, ...job.siblingAudienceIds] : [];
        return ids.includes(audienceId) && job?.state.status !== 'killed';
      },
    });
  }

  override calm(): void {
    super.calm();
    for (const key of this.#disconnected) void this.#connect(key);
    this.#isCalm = true;
    for (const lookedAt of this.#lookedAt) lookedAt?.calm();
    for (const disk of this.#allDisks) disk.isFull = false;
    if (this.#workers.every(({ process }) => process.isDead)) this.startWorker(undefined);
    // What the older version cannot or must not do is left to the newer one.
    const hasNewer = this.#workers.some(({ process, knows }) => !process.isDead && knows === NEWER);
    const needsNewer = this.#isExcluded(OLDER) || this.jobs().some(usesNewKey);
    if (needsNewer && !hasNewer) this.startWorker(undefined, NEWER);
  }

  /** Workers of the newer version start beside the older ones. */
  #upgrade({ workers, usedAfterMs, undoneAfterMs, ...fault }: UpgradeFault): void {
    const { timeline } = this;
    const job = Math.floor(this.#random.next() * this.plan.jobs.length);
    this.#migration = migrationOf(fault);
    for (const worker of this.#workers) if (this.#isExcluded(worker.knows)) worker.watchTables();
    for (let n = 0; n < workers; n += 1) this.startWorker(undefined, NEWER);
    let using: Promise<unknown> | undefined;
    if (usedAfterMs !== null)
      timeline.schedule(null, 'a person uses what is new', usedAfterMs, () => {
        if (this.#isUndone || this.#isCalm) return;
        using = this.act(job, 'use_new_key').then(() => {
          using = undefined;
        });
      });
    if (undoneAfterMs !== null)
      timeline.schedule(null, 'the upgrade is undone', undoneAfterMs, () => {
        if (this.#isCalm) return;
        this.#isUndone = true;
        // Who is still saving it takes it back afterwards.
        const leave = () => this.act(job, 'leave_new_key');
        if (usedAfterMs !== null) void (using ? using.then(leave) : leave());
        for (const worker of this.#workers.filter(({ process, knows }) => !process.isDead && knows === NEWER))
          void worker.stop(2_000).then(() => this.startWorker(this.#disks.get(worker), OLDER));
      });
  }

  /** What the chore leaves of the fingerprints in the end. */
  async tidyFingerprints(): Promise<readonly string[]> {
    for (const { process, fingerprints } of this.#workers) if (!process.isDead) await fingerprints?.tidy();
    return this.#fingerprints.names;
  }

  jobs(): StoredJob[] {
    return [...this.storage.rows.jobs.values()];
  }

  /** The clock that is furthest behind, of the workers that live. The right time when none lives. */
  earliestClock(): number {
    let error = Number.POSITIVE_INFINITY;
    for (const { process } of this.#workers) {
      if (!process.isDead) error = Math.min(error, process.clockErrorMs);
    }
    return this.timeline.wall + (Number.isFinite(error) ? error : 0);
  }

  /** Lets go of everything. */
  close(): void {
    for (const worker of this.#workers) worker.release();
  }

  /** Starts a worker on the machine with this disk, or on a new one. */
  startWorker(disk: Disk | undefined, knows = OLDER): void {
    this.#started += 1;
    const process = new Process(this.timeline, `worker-${this.#started}`, this.plan.seed);
    const worker = this.#service(process, disk ?? new Disk(), knows);
    process.clockErrorMs = this.#clockErrorOf(this.#disks.get(worker)!);
    this.#workers.push(worker);
    if (this.#isExcluded(knows)) worker.watchTables();
    void worker.start();
  }

  /** Whether its version may not work on the tables of the newer one, which come or have come. */
  #isExcluded(knows: number): boolean {
    return knows < (this.#migration?.oldest ?? OLDER);
  }

  /** Each machine has a disk, and a clock that is a little off, until the faults stop. */
  #clockErrorOf(disk: Disk): number {
    const { clocks = [] } = this.plan;
    return this.#isCalm ? 0 : (clocks[this.#allDisks.indexOf(disk) % clocks.length] ?? 0);
  }

  #service(process: Process, disk: Disk, knows: number): Service {
    const plan = this.plan;
    if (!this.#allDisks.includes(disk)) this.#allDisks.push(disk);
    disk.onWrite = (bytes) => this.guarded(() => checkBytes('a staged file', bytes));
    const storage = this.storage.open({
      process,
      faults: this.faults,
      newJobId: () => `job_${this.#random.text(16)}`,
      knows: planted(this.options.plant?.knows, knows),
    });
    const created = new Service({
      process,
      plant: this.options.plant ?? {},
      storage,
      disk,
      fingerprints: this.#fingerprints.of(disk),
      destination: this.destination,
      pace: plan.pace,
      log: this.logOf(process),
      sourceOf: (segment) => this.#sourceOf(segment),
      onScan: (runId) => this.triggers.onScan(runId),
      look: plan.jobs.some(({ looks }) => looks)
        ? async (looker, address, watched, signal) =>
            (await this.#lookedAtBy(address)?.look(looker, watched, signal)) ?? null
        : undefined,
      mark: async (runId, looker, address, watched, signal) => {
        const lookedAt = this.#lookedAtBy(address);
        this.triggers.onMark(runId, null);
        const found = (await lookedAt?.look(looker, watched, signal, 'mark')) ?? null;
        if (lookedAt && !signal.aborted) this.triggers.onMark(runId, lookedAt.presentAt(found));
        return found;
      },
      partFilesOf: (runId) => this.partFiles.filesOf(process, runId, storage.partFiles?.(runId)),
      // That of a split job is that of its parts.
      listOf: (segment) => this.lists[isOfPart(segment) ? 0 : numberOf(segment)],
      onListRead: (runId, list) => this.#listsRead.set(runId, list.version),
      keyOf,
      onTokenKept: (authorizationId, { refused }) => {
        const { destination } = this;
        if (destination instanceof LyAdsSide && refused) destination.refusalIsKept(keyOf(authorizationId));
        if (destination instanceof OfficialAccountSide)
          this.fail(new ViolationError('token_stored', 'an access token is stored, and not in memory alone'));
      },
      chunkRecordsOf: (job) => this.#planOf(job).chunkRecords,
      version: this.#hasUpgrade
        ? {
            knows,
            migration: knows === NEWER ? this.#migration : undefined,
            onUpdated: () => {
              if (knows === NEWER && this.#isExcluded(OLDER)) this.#versions.onExcluded();
            },
          }
        : undefined,
      newRunId: (now) => newRunId(now, () => this.#random.next()),
    });
    this.#disks.set(created, disk);
    return created;
  }

  /** A person consents, until the answer is stored, and the jobs that wait for it are woken. */
  async #connect(key: number): Promise<void> {
    const { destination, timeline } = this;
    if (!(destination instanceof LyAdsSide)) return;
    this.#disconnected.delete(key);
    this.connecting += 1;
    for (;;) {
      try {
        const code = destination.consent(key);
        await this.#api.connect(authorizationOf(key), (process) => destination.exchange(process, key, code));
        this.connecting -= 1;
        return;
      } catch (error) {
        this.note('-', `not connected: ${describe(error)}`);
        await timeline.operation(null, 'the person waits', () => {}, 5_000);
      }
    }
  }

  async #create(n: number, job: JobPlan, existing: readonly (string | null)[]): Promise<void> {
    if (this.plan.lyAds) await this.#connect(job.key);
    let audienceIds = existing;
    while (this.jobIds[n] === undefined) {
      try {
        this.jobIds[n] = await this.#people.create(
          formOf(this.destination.traits, job, n, audienceIds, await this.#idOf(job.after)),
        );
      } catch (error) {
        // Another job has taken the audience meanwhile. So this one makes its own.
        if (error instanceof LineupError && error.code === 'invalid_argument') audienceIds = [];
        // While the database is away, the person tries again. A lost answer is found in the list of jobs.
        this.note('-', `not created: ${describe(error)}`);
        await this.timeline.operation(null, 'the person waits', () => {}, 5_000);
        this.jobIds[n] = this.jobs().find(({ name }) => name === `Job ${n}`)?.id;
      }
    }
  }

  async #send(n: number, id: string, webhook: WebhookPlan): Promise<void> {
    const options: SenderOptions = {
      timeline: this.timeline,
      api: this.#api,
      onSend: (jobId, sent) => this.triggers.onWebhook(jobId, sent),
      onTaken: (jobId, taken) => this.guarded(() => this.triggers.onWebhookTaken(jobId, taken)),
    };
    const jobId = await this.#idOf(n);
    if (jobId !== undefined) await sendWebhook(options, jobId, id, webhook);
  }

  /** The id of an earlier job, once a person has made it. */
  async #idOf(n: number | undefined): Promise<string | undefined> {
    if (n === undefined) return undefined;
    while (this.jobIds[n] === undefined) await this.timeline.operation(null, 'the person waits', () => {}, 1_000);
    return this.jobIds[n];
  }

  /** A person acts on a job. A refusal is no fault. */
  async act(n: number, action: Parameters<People['act']>[1]): Promise<void> {
    const id = this.jobIds[n];
    if (id === undefined) return;
    try {
      await this.#people.act(id, action);
    } catch (error) {
      // A refusal, or a database that is away.
      this.note('-', `refused: ${describe(error)}`);
    }
  }

  #planOf({ configuration }: Pick<StoredJob, 'configuration'>): JobPlan {
    return this.#planOfSegment(configuration.segment_id);
  }

  /** What is planned of the source of a job. That of a part is a file with some members of its split job. */
  #planOfSegment(segment: string): JobPlan {
    const planned = this.plan.jobs[numberOf(segment)];
    if (planned) return planned;
    return partOf(this.plan.jobs[0]!, this.partFiles.rowsOf(segment) ?? []);
  }

  #sourceOf(segment: string): SourceWorld {
    const source = this.sources[numberOf(segment)];
    if (source) return source;
    const { split } = this.plan.jobs[0]!;
    const fields = fieldsOf(this.#planOfSegment(segment)).map((field, n) => ({
      ...field,
      name: identifierField(n, split),
    }));
    return new SourceWorld({ fields, resumable: false }, []);
  }

  override linesOf(n: number): string[][] {
    if (n < this.plan.jobs.length) return super.linesOf(n);
    const { segment_id, hold_out } = this.storage.rows.jobs.get(this.jobIds[n] ?? '')!.configuration;
    return deliveriesIn(this.#planOfSegment(segment_id)).map((delivery, field) =>
      linesOf(delivery, hold_out, delivery.members, delivery.list ? (this.lists[0]?.valuesOf(field) ?? []) : []),
    );
  }

  /** How the audiences of a job differ from what its source gives now. Those of a split job are of its parts. */
  differenceOf(n: number, job: StoredJob): string | undefined {
    if (job.configuration.split) return this.splits.differenceOf(job, this.plan.jobs[n]!, this.sources[n]!.version);
    return this.atDestination.differenceOf(job, this.linesOf(n));
  }

  #onJob(job: StoredJob): void {
    this.runs.onJob(job);
    // Parts are jobs as others. Their numbers follow those of the plan.
    if (job.part && !this.jobIds.includes(job.id)) {
      this.jobIds.length = Math.max(this.jobIds.length, this.plan.jobs.length);
      this.jobIds.push(job.id);
    }
    // A person is told, and connects. Before the faults have stopped, only after a fault that asks for it.
    const needsPerson = job.state.status === 'sleeping' && job.state.error?.code === 'line_unauthorized';
    if (!this.#isCalm || !needsPerson || this.connecting > 0 || this.#connectsLeft === 0) return;
    this.#connectsLeft -= 1;
    void this.#connect(keyOf(job.authorizationId));
  }

  #onCommit(writes: SeenWrites): void {
    const { actor } = this.timeline;
    const worker = this.#hasUpgrade && this.#workers.find(({ process }) => process === actor);
    if (worker && worker.knows === OLDER) this.#versions.onOlderCommit(worker.process.name, writes);
    for (const job of writes.jobs.values()) if (job) this.#onJob(job);
    for (const run of writes.runs.values()) if (run) this.runs.onRun(run, this.timeline.now);
    for (const run of writes.runs.values()) {
      const log = writes.transitions.get(run?.job_id ?? '') ?? [];
      if (run) this.runs.onApproval(run, log.at(-1)?.action);
    }
    for (const [id, events] of writes.events) {
      const run = this.storage.rows.runs.get(id);
      if (!events || !run) continue;
      const { job_id: jobId, approval } = run;
      const { revision, part } = this.storage.rows.jobs.get(jobId ?? '') ?? {};
      const fresh = this.runs.onJournal(id, { jobId, approval, revision, part }, events);
      for (const event of fresh) {
        const text = JSON.stringify(event);
        checkText('a journal', text);
        this.atDestination.onEvent(id, event);
        this.turnovers.onEvent(id, event);
        this.splits.onEvent(id, event);
        this.note('-', `journal of ${id}: ${text}`);
      }
    }
    for (const [id, log] of writes.transitions) {
      const job = this.storage.rows.jobs.get(id);
      if (log && job) this.jobInvariants.check(job, log);
    }
    this.splits.onCommit(writes, actor === this.#api.process);
    this.triggers.onCommit(writes);
    if (writes.messages.size > 0) {
      for (const worker of this.#workers) {
        // Like everything that comes from outside, a notification arrives as an event of its own.
        if (!worker.process.isDead) this.timeline.schedule(worker.process, 'notified', 0, () => worker.notify());
      }
    }
    for (const event of writes.outbox.values()) checkText('a notification', JSON.stringify(event));
  }
}

const keyOf = (authorizationId: string): number => Number(authorizationId.slice('key-'.length));

const isOfPart = (segment: string): boolean => uploadOfSegment(segment) !== undefined;

const numberOf = (segment: string): number => Number(segment.slice('segment-'.length));
