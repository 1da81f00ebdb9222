// The emoji that operations people use, by their short names.

const EMOJI = {
  "+1": "👍", "-1": "👎", alarm_clock: "⏰", ambulance: "🚑", arrow_down: "⬇️", arrow_right: "➡️", arrow_up: "⬆️",
  arrow_upper_right: "↗️", bar_chart: "📊", bell: "🔔", bomb: "💣", boom: "💥", broken_heart: "💔", bug: "🐛", bulb: "💡",
  calendar: "📅", chart: "💹", chart_with_downwards_trend: "📉", chart_with_upwards_trend: "📈", checkered_flag: "🏁",
  clock1: "🕐", construction: "🚧", cry: "😢", dollar: "💵", eyes: "👀", exclamation: "❗", fire: "🔥", fire_engine: "🚒",
  fireworks: "🎆", full_moon: "🌕", gear: "⚙️", grey_question: "❔", hammer: "🔨", heart: "❤️", heavy_check_mark: "✔️",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", information_source: "ℹ️", key: "🔑", large_blue_circle: "🔵",
  large_green_circle: "🟢", large_orange_circle: "🟠", large_purple_circle: "🟣", large_yellow_circle: "🟡", link: "🔗",
  lock: "🔒", mag: "🔍", memo: "📝", money_with_wings: "💸", moneybag: "💰", moon: "🌙", mute: "🔇", no_bell: "🔕",
  no_entry: "⛔", ok: "🆗", ok_hand: "👌", package: "📦", page_facing_up: "📄", partying_face: "🥳", point_right: "👉",
  pushpin: "📌", question: "❓", raised_hands: "🙌", raising_hand: "🙋", recycle: "♻️", red_circle: "🔴", repeat: "🔁",
  robot_face: "🤖", rocket: "🚀", rotating_light: "🚨", skull: "💀", sleeping: "😴", slightly_smiling_face: "🙂", smile: "😄",
  snail: "🐌", sos: "🆘", sparkles: "✨", speech_balloon: "💬", stopwatch: "⏱️", sunny: "☀️", sunrise: "🌅", tada: "🎉",
  thinking_face: "🤔", thumbsdown: "👎", thumbsup: "👍", toolbox: "🧰", wakeup: "⏰", warning: "⚠️", wave: "👋",
  white_check_mark: "✅", white_circle: "⚪", wrench: "🔧", x: "❌", zap: "⚡", zzz: "💤",
};

export function emoji(name) {
  return EMOJI[name] || `:${name}:`;
}
