import assert from 'node:assert/strict';
import { targetOf } from '../../client/sign-in/target.ts';

describe('where the sign-in page leads to', () => {
  const page = 'http://pi:1880/factory-iot/sign-in?to=x';
  const leads = (to: string | null): string => targetOf(to, page);

  it('is a path of the same server, with all that belongs to it', () => {
    for (const to of ['/', '/dashboard/plant', '/ui/#!/0', '/panel?a=/b&c=http://d#e', '/کارخانه'])
      assert.equal(leads(to), new URL(to, 'http://pi:1880').href);
    // It stays on this server although the path looks like a host.
    assert.equal(leads('/.//evil.example'), 'http://pi:1880//evil.example');
  });

  it('is its root for whatever else is asked', () => {
    const others = [
      null,
      '',
      'dashboard',
      '//evil.example',
      '///evil.example',
      '/\\evil.example',
      '\\\\evil.example',
      '/\t/evil.example',
      '/\n/evil.example',
      '\t//evil.example',
      '/a\u0000b',
      '/a\u0085b',
      'http://evil.example/',
      'http://pi:1880/dashboard',
      'javascript:alert(1)',
      ' javascript:alert(1)',
      'data:text/html,x',
      '/factory-iot/sign-in?to=/x',
      '/red/factory-iot/sign-in',
    ];
    for (const to of others) assert.equal(leads(to), 'http://pi:1880/', String(to));
  });
});
