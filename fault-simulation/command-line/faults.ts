/** Makes the faults of a plan happen to machines and commands: at their steps, and around the entries of journals. */
import type { Timeline } from '../engine/timeline.ts';
import { Vanished } from '../engine/timeline.ts';
import type { When } from '../world/planned-faults.ts';
import type { Command } from './command.ts';
import type { Machine } from './machine.ts';
import type { CommandLinePlan, Fault } from './plan.ts';

type TimedFault = Extract<Fault, { when: When }>;

export interface FaultTargets {
  readonly timeline: Timeline;
  /** The commands that run, in the order of their starts. */
  readonly commands: () => readonly Command[];
  /** The machine where people work now. */
  readonly machine: () => Machine;
  /** Gives people another machine, without the files of the first. */
  readonly changeMachine: () => Machine;
  readonly deleteAudience: (job: number) => void;
  readonly renameAudience: (job: number) => void;
  readonly revokeKey: (key: number, forMs: number) => void;
  readonly random: () => number;
}

export class CommandLineFaults {
  /** How often each kind has happened. */
  readonly counts = new Map<string, number>();
  /** The entries of journals around which a command was killed, or its machine went off. */
  readonly killedAt = new Set<string>();
  readonly #targets: FaultTargets;
  #waiting: TimedFault[];
  /** Faults of the next step. */
  #next: { readonly fault: TimedFault; readonly process: string }[] = [];
  #entries = 0;

  constructor(plan: CommandLinePlan, targets: FaultTargets) {
    this.#targets = targets;
    this.#waiting = plan.faults.filter((fault) => 'when' in fault);
  }

  /** Before each step. */
  onStep(): void {
    for (const { fault, process } of this.#next.splice(0)) this.#apply(fault, process);
    if (this.#waiting.length === 0) return;
    const { steps } = this.#targets.timeline;
    for (const fault of this.#take(({ when }) => 'step' in when && when.step <= steps)) this.#apply(fault);
  }

  /** A process syncs an entry of its journal. */
  aroundEntry(process: string, entry: string, sync: () => void): void {
    this.#entries += 1;
    const n = this.#entries;
    const apply = (at: 'before' | 'after') => {
      for (const fault of this.#take(
        ({ when }) => 'journal' in when && when.journal <= n && when.at === at,
      )) {
        this.#apply(fault, process, `${entry} ${at}`);
      }
      if (this.#targets.commands().every((command) => command.process.name !== process)) throw new Vanished();
    };
    apply('before');
    sync();
    apply('after');
    const due = this.#take(({ when }) => 'journal' in when && when.journal <= n && when.at === 'answer');
    this.#next.push(...due.map((fault) => ({ fault, process })));
  }

  /** No further fault happens, and what is broken works again. */
  calm(): void {
    this.#waiting = [];
    this.#next = [];
    const machine = this.#targets.machine();
    machine.clockErrorMs = 0;
    machine.disk.isFull = false;
    for (const { process } of this.#targets.commands()) {
      process.clockErrorMs = 0;
      process.frozenUntil = 0;
    }
  }

  #take(isDue: (fault: TimedFault) => boolean): TimedFault[] {
    const due = this.#waiting.filter(isDue);
    if (due.length > 0) this.#waiting = this.#waiting.filter((fault) => !due.includes(fault));
    return due;
  }

  #apply(fault: TimedFault, process?: string, place?: string): void {
    const { timeline, commands, machine, random } = this.#targets;
    const all = commands();
    const command = all.find((one) => one.process.name === process) ?? all[Math.floor(random() * all.length)];
    const isOfCommand = fault.kind === 'kill' || fault.kind === 'interrupt';
    if (isOfCommand && !command) return;
    timeline.onEvent(command?.process ?? null, `FAULT ${fault.kind}`);
    this.counts.set(fault.kind, (this.counts.get(fault.kind) ?? 0) + 1);
    const here = machine();
    switch (fault.kind) {
      case 'kill':
        if (place) this.killedAt.add(place);
        command!.kill();
        return;
      case 'interrupt':
        timeline.schedule(command!.process, 'Ctrl-C', 0, () => command!.interrupt());
        return;
      case 'power_loss':
        if (place) this.killedAt.add(place);
        for (const one of all) one.kill();
        here.losePower();
        here.downUntil = timeline.now + fault.downMs;
        return;
      case 'machine_lost':
        for (const one of all) one.kill();
        this.#targets.changeMachine().downUntil = timeline.now + fault.downMs;
        return;
      case 'freeze':
        for (const one of all) one.process.frozenUntil = timeline.now + fault.forMs;
        return;
      case 'clock':
        here.clockErrorMs += fault.byMs;
        for (const one of all) one.process.clockErrorMs = here.clockErrorMs;
        return;
      case 'disk_full':
        here.disk.isFull = true;
        timeline.schedule(null, 'repair', fault.forMs, () => {
          here.disk.isFull = false;
        });
        return;
      case 'staged_lost':
        here.loseStagedFiles();
        return;
      case 'audience_deleted':
        this.#targets.deleteAudience(fault.job);
        return;
      case 'audience_renamed':
        this.#targets.renameAudience(fault.job);
        return;
      case 'key_revoked':
        this.#targets.revokeKey(fault.key, fault.forMs);
        return;
    }
  }
}
