/** Drawings by what they stand for: of devices by type, and of states, which are never told by colour alone. */
import { svg, type TemplateResult } from 'lit';

const PATHS = {
  temperature: 'M10 13V5a2 2 0 1 1 4 0v8a4 4 0 1 1-4 0zM12 9v8',
  humidity: 'M12 3c4 5 6 8 6 11a6 6 0 0 1-12 0c0-3 2-6 6-11zM9 15a3 3 0 0 0 3 3',
  conveyor: 'M6 14h12a3 3 0 0 1 0 6H6a3 3 0 0 1 0-6zM6 17h.01M12 17h.01M18 17h.01M8 14V8h7v6',
  pressure: 'M5 18a9 9 0 1 1 14 0M12 14l4-5M12 14h.01',
  motor: 'M4 9h11v8H4zM15 11h4v4h-4M7 9V6h5v3M19 13h2M7 17v2M12 17v2',
  pump: 'M12 8a5 5 0 1 1-5 5M7 13V5H3M17 13h4v6M12 13h.01',
  valve: 'M4 8v9l8-4.500zM20 8v9l-8-4.500zM12 12V6M9 6h6',
  level: 'M5 4v16h14V4M5 12c2-2 4-2 7 0s5 2 7 0',
  power: 'M13 3 6 13h5l-1 8 8-11h-5z',
  door: 'M7 21V3h10v18M4 21h16M14 12h.01',
  light: 'M9 18h6M10 21h4M12 3a6 6 0 0 1 3.500 11v2h-7v-2A6 6 0 0 1 12 3z',
  counter: 'M4 6h16v12H4zM9 6v12M15 6v12M6.500 12h.01M12 12h.01M17.500 12h.01',
  generic: 'M6 6h12v12H6zM9 2v4M15 2v4M9 18v4M15 18v4M2 9h4M2 15h4M18 9h4M18 15h4',
  relay: 'M3 17h5M16 17h5M8 17l8-6M8 17h.01M16 17h.01M9 5h6v3H9z',
  active: 'M5 12l5 5 9-10',
  inactive: 'M6 12h12',
  error: 'M12 4 2.500 20h19zM12 10v5M12 17.500v.01',
  maintenance: 'M14 6a4 4 0 0 0 4.500 5.500L10 20l-4-4 8.500-8.500M18 6l-3 3',
  late: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3.500 2',
  offline:
    'M4 4l16 16M9.500 5.500a9 9 0 0 1 11 3.500M3.500 9A13 13 0 0 1 7 6.800M7 13a7 7 0 0 1 5-2M12 18h.01',
  unknown: 'M8.500 8.500a3.500 3.500 0 1 1 5 3.200c-1 .6-1.500 1.300-1.500 2.800M12 18.500v.01',
  language: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c3 3 4 6 4 9s-1 6-4 9c-3-3-4-6-4-9s1-6 4-9z',
  auto: 'M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18',
  light_theme:
    'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.500 1.500M17.500 17.500 19 19M5 19l1.500-1.500M17.500 6.500 19 5',
  lock: 'M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3M12 15v1.500',
  person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.500 20.500c.8-4 3.700-6 7.500-6s6.700 2 7.500 6',
  leave: 'M13 4H5v16h8M10 12h10M16.500 8.500 20 12l-3.500 3.500',
  dark: 'M20 14A8 8 0 1 1 10 4a7 7 0 0 0 10 10z',
} as const;

export type Icon = keyof typeof PATHS;

export function icon(name: Icon): TemplateResult {
  return svg`<svg viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
}

/** By a device's type; the words that plants use, in any letter case, also as a part of the type. */
export function deviceIcon(type: string): TemplateResult {
  const wanted = type.toLowerCase();
  const found = DEVICE_ICONS.find(([words]) => words.some((word) => wanted.includes(word)));
  return icon(found?.[1] ?? 'generic');
}

const DEVICE_ICONS: readonly (readonly [readonly string[], Icon])[] = [
  [['temp', 'heat', 'oven'], 'temperature'],
  [['humid', 'moist', 'dew'], 'humidity'],
  [['convey', 'belt'], 'conveyor'],
  [['press', 'vacuum'], 'pressure'],
  [['pump'], 'pump'],
  [['valve'], 'valve'],
  [['motor', 'fan', 'drive', 'spindle'], 'motor'],
  [['level', 'tank', 'silo'], 'level'],
  [['power', 'energy', 'current', 'volt', 'meter'], 'power'],
  [['door', 'gate'], 'door'],
  [['light', 'lamp', 'lux'], 'light'],
  [['count', 'piece'], 'counter'],
];
