import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CrashFacts } from '../../../lib/gpio/crash-facts.ts';
import { readCrashFacts } from '../../../lib/gpio/crash.ts';

describe('what this machine does when something breaks', () => {
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'factory-iot-crash-'))));
  afterEach(() => rmSync(root, { recursive: true }));

  const facts = (
    files: Readonly<Record<string, string>>,
    { driver = 'chardev', label = 'pinctrl-bcm2711' } = {},
  ): CrashFacts => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(root, dirname(path)), { recursive: true });
      writeFileSync(join(root, path), `${text}\n`);
    }
    return readCrashFacts(driver, label, root);
  };

  it('is not known where nothing can be read', () => {
    assert.deepEqual(facts({}), {
      release: 'chip',
      persists: null,
      panicSeconds: null,
      panicOnOops: null,
      watchdogs: [],
      supervisor: { kind: 'none' },
    });
  });

  it('is read on the machine that runs this', () => {
    const { panicSeconds, panicOnOops, release } = readCrashFacts('chardev', 'no such chip');
    assert.equal(release, 'chip');
    if (process.platform !== 'linux') return;
    assert.ok(Number.isInteger(panicSeconds));
    assert.equal(typeof panicOnOops, 'boolean');
  });

  const BCM = 'sys/module/pinctrl_bcm2835/parameters/persist_gpio_outputs';
  const RP1 = 'sys/module/pinctrl_rp1/parameters/persist_gpio_outputs';
  const releases: [string, Record<string, string>, string, string, string][] = [
    ['a Raspberry Pi 4 as it comes', { [BCM]: 'Y' }, 'chardev', 'pinctrl-bcm2711', 'keeps'],
    ['a strict one', { [BCM]: 'N' }, 'chardev', 'pinctrl-bcm2835', 'input'],
    ['a Raspberry Pi 5', { [BCM]: 'N', [RP1]: 'Y' }, 'chardev', 'pinctrl-rp1', 'keeps'],
    ['an older kernel', {}, 'chardev', 'pinctrl-bcm2835', 'chip'],
    ['another chip beside it', { [BCM]: 'Y' }, 'chardev', 'pcf8574', 'chip'],
    ['a chip of gpio-sim', {}, 'chardev', 'gpio-sim.0-node0', 'resets'],
    ['sysfs, whatever the chip', { [BCM]: 'N' }, 'sysfs', 'pinctrl-bcm2711', 'keeps'],
    ['nonsense', { [BCM]: 'perhaps' }, 'chardev', 'pinctrl-bcm2711', 'chip'],
  ];
  for (const [what, files, driver, label, release] of releases) {
    it(`knows what becomes of lines that nobody holds: ${what}`, () => {
      assert.equal(facts(files, { driver, label }).release, release);
    });
  }

  it('reads what the kernel does in a panic', () => {
    const { panicSeconds, panicOnOops } = facts({
      'proc/sys/kernel/panic': '10',
      'proc/sys/kernel/panic_on_oops': '1',
    });
    assert.deepEqual([panicSeconds, panicOnOops], [10, true]);
    assert.equal(facts({ 'proc/sys/kernel/panic': '-1' }).panicSeconds, -1);
    assert.equal(facts({ 'proc/sys/kernel/panic': 'soon' }).panicSeconds, null);
  });

  it('reads the watchdogs', () => {
    const found = facts({
      'sys/class/watchdog/watchdog0/identity': 'Broadcom BCM2835 Watchdog timer',
      'sys/class/watchdog/watchdog0/state': 'active',
      'sys/class/watchdog/watchdog0/timeout': '15',
      'sys/class/watchdog/watchdog1/state': 'inactive',
      'dev/watchdog': '',
    });
    assert.deepEqual(found.watchdogs, [
      { name: 'watchdog0', identity: 'Broadcom BCM2835 Watchdog timer', active: true, timeout: 15 },
      { name: 'watchdog1', identity: '', active: false, timeout: null },
    ]);
  });

  it('takes note of a watchdog of which the kernel tells no more', () => {
    assert.deepEqual(facts({ 'dev/watchdog': '' }).watchdogs, [
      { name: 'watchdog', identity: '', active: null, timeout: null },
    ]);
  });

  const CGROUP = 'proc/self/cgroup';
  const SERVICE = { [CGROUP]: '0::/system.slice/nodered.service' };
  const unit = (lines: string): string => `[Unit]\nDescription=x\n[Service]\n${lines}\n[Install]\nRestart=no`;

  it('finds the service that Node-RED runs in, and what its file says', () => {
    assert.deepEqual(
      facts({ ...SERVICE, 'lib/systemd/system/nodered.service': unit('Restart=on-failure') }).supervisor,
      { kind: 'systemd', unit: 'nodered.service', restart: 'on-failure' },
    );
  });

  it('takes the stronger file, and additions after it in the order of their names', () => {
    const files = {
      ...SERVICE,
      'lib/systemd/system/nodered.service': unit('Restart=on-failure'),
      'etc/systemd/system/nodered.service': unit('Restart=no'),
    };
    const restart = (more: object): unknown =>
      (facts({ ...files, ...more }).supervisor as { restart?: unknown }).restart;
    assert.equal(restart({}), 'no');
    assert.equal(
      restart({ 'etc/systemd/system/nodered.service.d/20.conf': '[Service]\nRestart=always' }),
      'always',
    );
    assert.equal(
      restart({ 'run/systemd/system/nodered.service.d/10.conf': '[Service]\nRestart=no' }),
      'always',
    );
    assert.equal(
      restart({ 'run/systemd/system/nodered.service.d/30.conf': '[Service]\nRestart=on-abort' }),
      'on-abort',
    );
    assert.equal(
      restart({ 'etc/systemd/system/nodered.service.d/30.conf': '[Service]\n#Restart=no' }),
      'always',
    );
  });

  it('says no where the file says nothing, and nothing where there is no file', () => {
    assert.deepEqual(facts(SERVICE).supervisor, { kind: 'systemd', unit: 'nodered.service', restart: null });
    assert.deepEqual(facts({ 'etc/systemd/system/nodered.service': unit('User=pi') }).supervisor, {
      kind: 'systemd',
      unit: 'nodered.service',
      restart: 'no',
    });
  });

  const groups: [string, string, string | undefined][] = [
    ['a template', '0::/system.slice/system-nodered.slice/nodered@pi.service', 'nodered@pi.service'],
    ['a name with a dash', '0::/system.slice/node\\x2dred.service', 'node-red.service'],
    [
      'the older control groups',
      '12:pids:/x\n1:name=systemd:/system.slice/nodered.service',
      'nodered.service',
    ],
    [
      "a person's own service",
      '0::/user.slice/user-1000.slice/user@1000.service/app.slice/nodered.service',
      'nodered.service',
    ],
    ['a terminal', '0::/user.slice/user-1000.slice/session-3.scope', undefined],
    ['a terminal window', '0::/user.slice/user-1000.slice/user@1000.service/app.slice/vte.scope', undefined],
    ['nothing', '0::/', undefined],
  ];
  for (const [what, cgroup, expected] of groups) {
    it(`tells a service from what is none: ${what}`, () => {
      const { supervisor } = facts({ [CGROUP]: cgroup });
      assert.equal(supervisor.kind === 'systemd' ? supervisor.unit : undefined, expected);
    });
  }

  it('reads the file of a template', () => {
    const { supervisor } = facts({
      [CGROUP]: '0::/system.slice/nodered@pi.service',
      'etc/systemd/system/nodered@.service': unit('Restart=always'),
    });
    assert.deepEqual(supervisor, { kind: 'systemd', unit: 'nodered@pi.service', restart: 'always' });
  });

  it("reads the file of a person's own service, and not the system's of that name", () => {
    const { supervisor } = facts({
      [CGROUP]: '0::/user.slice/user-1000.slice/user@1000.service/app.slice/nodered.service',
      'etc/systemd/system/nodered.service': unit('Restart=no'),
      [join(homedir(), '.config/systemd/user/nodered.service').slice(1)]: unit('Restart=always'),
    });
    assert.deepEqual(supervisor, { kind: 'systemd', unit: 'nodered.service', restart: 'always' });
  });

  it('does not take who runs a container for who restarts Node-RED', () => {
    assert.deepEqual(facts({ ...SERVICE, '.dockerenv': '' }).supervisor, { kind: 'container' });
  });
});
