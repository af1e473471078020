/** Makes the faults of a plan happen: at their steps, and around the entries of journals. */
import type { Process } from '../engine/process.ts';
import { BlockedError, type Timeline, VanishedError } from '../engine/timeline.ts';
import { connectionLost, restarting } from '../memory/database.ts';
import type { Disk } from '../memory/run-folder.ts';
import type { DestinationSide } from './destinations/side.ts';
import type { Plan } from './plan.ts';
import type { Fault, FingerprintFault, UpgradeFault, When } from './planned-faults.ts';
import type { Service } from './service.ts';
import type { DatabaseFaults } from './storage.ts';
import { TimedFaults } from './timed-faults.ts';

type TimedFault = Extract<Fault, { when: When }>;

export interface FaultTargets {
  readonly timeline: Timeline;
  /** The workers that live, in the order of their starts. */
  readonly workers: () => readonly Service[];
  readonly diskOf: (worker: Service) => Disk;
  /** Starts a worker that has ended again, on the machine with this disk or on a new one. */
  readonly startAgain: (worker: Service, disk: Disk | undefined) => void;
  readonly destination: DestinationSide;
  /** The audience of a job, once it has one. */
  readonly audienceOf: (job: number) => string | null | undefined;
  readonly upgrade: (fault: UpgradeFault) => void;
  readonly disturbFingerprints: (fault: FingerprintFault, at: Disk) => void;
  /** The database ends all transactions. */
  readonly restartDatabase: () => void;
  /** A person connects the application of a key again, after some time. */
  readonly connectLater: (key: number, afterMs: number) => void;
  /** Where the numbers of the order come from. */
  readonly random: () => number;
}

/** The first statements still meet the server that goes. */
const RESTARTING = ['57P01', '57P02', '57P03', '57P03', '57P03'] as const;

/** How the commit of an entry of a journal is named. */
const JOURNAL = 'commit journal ';

export class Faults implements DatabaseFaults {
  /** How often each kind has happened. */
  readonly counts = new Map<Fault['kind'], number>();
  /** The entries of journals around which a worker was killed: `staged before`. */
  readonly killedAt = new Set<string>();
  readonly #targets: FaultTargets;
  readonly #isFineGrained: boolean;
  readonly #timed: TimedFaults<TimedFault, Process>;
  /** Until when somebody may get no answer of the database, in machine time. */
  disturbedUntil = 0;
  #entry = '';
  #databaseAwayUntil = 0;
  #databaseStarts = 0;
  #databaseStartsUntil = 0;
  #databaseSlow = { until: 0, byMs: 0 };

  constructor(plan: Plan, targets: FaultTargets) {
    this.#targets = targets;
    this.#isFineGrained = plan.isFineGrained;
    this.#timed = new TimedFaults(plan.faults.filter((fault) => 'when' in fault));
  }

  /** Whether all timed faults have happened. */
  get areOver(): boolean {
    return this.#timed.areOver;
  }

  /** Before each step. */
  onStep(): void {
    const { steps } = this.#targets.timeline;
    for (const { fault, process } of this.#timed.atStep(steps)) this.#apply(fault, process);
  }

  perform<T>(process: Process, name: string, work: () => T): Promise<T> {
    const sentTo = this.#databaseStarts;
    return process.operation(
      name,
      () => {
        this.#assertDatabaseIsThere(sentTo);
        return name.startsWith(JOURNAL) ? this.#commitEntry(process, name.slice(JOURNAL.length), work) : work();
      },
      this.#slowness(),
    );
  }

  performOutside<T>(process: Process, name: string, work: () => Promise<T>): Promise<T> {
    const { timeline } = this.#targets;
    const sentTo = this.#databaseStarts;
    return timeline.exclusively(
      process,
      name,
      async () => {
        this.#assertDatabaseIsThere(sentTo);
        return work();
      },
      this.#slowness(),
    );
  }

  /**
   * @param sentTo the number of the start of the database to which the statement was sent
   * @throws {DatabaseError} as the server or the network says it
   */
  #assertDatabaseIsThere(sentTo: number): void {
    const { now } = this.#targets.timeline;
    if (now < this.#databaseAwayUntil) throw connectionLost();
    if (sentTo !== this.#databaseStarts) throw restarting('57P01');
    if (now >= this.#databaseStartsUntil) return;
    throw restarting(RESTARTING[Math.floor(this.#targets.random() * RESTARTING.length)]!);
  }

  #slowness(): number {
    const { timeline, random } = this.#targets;
    return timeline.now < this.#databaseSlow.until && random() < 0.2 ? this.#databaseSlow.byMs : 0;
  }

  /**
   * In most histories it happens at once, because others see nothing of a
   * transaction before its commit. Where it must wait for a lock, and in histories that are fine-grained, it is an
   * event of its own.
   */
  performWithin<T>(process: Process, name: string, work: () => T): Promise<T> {
    const { timeline } = this.#targets;
    const isSmooth =
      timeline.now >= Math.max(this.#databaseAwayUntil, this.#databaseStartsUntil, this.#databaseSlow.until);
    if (this.#isFineGrained || !isSmooth || process.isDead) return this.perform(process, name, work);
    try {
      return Promise.resolve(work());
    } catch (error) {
      return error instanceof BlockedError ? this.perform(process, name, work) : Promise.reject(error);
    }
  }

  #commitEntry<T>(process: Process, entry: string, work: () => T): T {
    this.beforeCommit(process, entry);
    const result = work();
    this.afterCommit(process);
    return result;
  }

  beforeCommit(process: Process, entry: string): void {
    this.#entry = entry;
    for (const fault of this.#timed.beforeEntry()) this.#apply(fault, process, 'before');
    if (process.isDead) throw new VanishedError();
  }

  afterCommit(process: Process): void {
    let isLost = false;
    for (const fault of this.#timed.afterEntry()) {
      if (fault.kind === 'commit_lost') isLost = true;
      this.#apply(fault, process, 'after');
    }
    if (process.isDead) throw new VanishedError();
    this.#timed.onAnswer(process);
    if (isLost) throw connectionLost();
  }

  /** No further fault happens, and what is broken works again. */
  calm(): void {
    this.#timed.clear();
    this.#databaseAwayUntil = 0;
    this.#databaseStartsUntil = 0;
    this.#databaseSlow = { until: 0, byMs: 0 };
    for (const worker of this.#targets.workers()) {
      worker.process.frozenUntil = 0;
      worker.process.clockErrorMs = 0;
    }
  }

  /** A worker dies, and starts again on its machine. */
  kill(worker: Service): void {
    this.#targets.timeline.onEvent(worker.process, 'FAULT kill');
    this.counts.set('kill', (this.counts.get('kill') ?? 0) + 1);
    this.#kill(worker, { machine: 'same', downMs: 1_000 });
  }

  #kill(worker: Service, { machine, downMs }: Pick<Extract<Fault, { kind: 'kill' }>, 'machine' | 'downMs'>): void {
    const { timeline, diskOf, startAgain } = this.#targets;
    const disk = diskOf(worker);
    worker.kill();
    timeline.schedule(null, 'repair', downMs, () => startAgain(worker, machine === 'same' ? disk : undefined));
  }

  #apply(fault: TimedFault, process?: Process, at = 'answer'): void {
    const { timeline, workers, diskOf, startAgain, random } = this.#targets;
    const all = workers();
    const worker = all.find((candidate) => candidate.process === process) ?? all[Math.floor(random() * all.length)];
    if (!worker) return;
    timeline.onEvent(worker.process, `FAULT ${fault.kind}`);
    this.counts.set(fault.kind, (this.counts.get(fault.kind) ?? 0) + 1);
    const disturb = (forMs: number) => {
      this.disturbedUntil = Math.max(this.disturbedUntil, timeline.now + forMs);
    };
    const later = (delayMs: number, work: () => void) => timeline.schedule(null, 'repair', delayMs, work);
    switch (fault.kind) {
      case 'kill': {
        if (process) this.killedAt.add(`${this.#entry} ${at}`);
        this.#kill(worker, fault);
        return;
      }
      case 'freeze':
        worker.process.frozenUntil = timeline.now + fault.forMs;
        disturb(fault.forMs);
        return;
      case 'restart': {
        const disk = diskOf(worker);
        void worker.stop(fault.graceMs).then(() => startAgain(worker, disk));
        return;
      }
      case 'clock':
        worker.process.clockErrorMs += fault.byMs;
        return;
      case 'upgrade':
        this.#targets.upgrade(fault);
        return;
      case 'database_away':
        this.#databaseAwayUntil = timeline.now + fault.forMs;
        disturb(fault.forMs);
        return;
      case 'database_restarts':
        this.#databaseStarts += 1;
        this.#targets.restartDatabase();
        this.#databaseStartsUntil = timeline.now + fault.forMs;
        disturb(fault.forMs);
        return;
      case 'database_slow':
        this.#databaseSlow = { until: timeline.now + 60_000, byMs: fault.byMs };
        disturb(60_000 + fault.byMs);
        return;
      case 'commit_lost':
        // Done by the commit itself.
        return;
      case 'disk_full': {
        const disk = diskOf(worker);
        disk.isFull = true;
        later(fault.forMs, () => {
          disk.isFull = false;
        });
        return;
      }
      case 'fingerprints_lost':
      case 'fingerprints_damaged':
      case 'fingerprints_away':
      case 'fingerprints_forgotten':
      case 'fingerprints_key_lost':
      case 'fingerprints_tidied':
        this.#targets.disturbFingerprints(fault, diskOf(worker));
        return;
      case 'disk_lost':
        diskOf(worker).lose();
        return;
      case 'tokens_deleted':
        this.#targets.destination.suffer(fault, this.#targets.audienceOf);
        this.#targets.connectLater(fault.key, fault.forMs);
        return;
      case 'tokens_expired':
      case 'connection_stopped':
      case 'uploaded_elsewhere':
      case 'uploads_elsewhere':
      case 'audience_expired':
      case 'name_used':
      case 'channel_full':
      case 'audience_deleted':
      case 'audience_renamed':
      case 'key_revoked':
        this.#targets.destination.suffer(fault, this.#targets.audienceOf);
        return;
    }
  }
}
