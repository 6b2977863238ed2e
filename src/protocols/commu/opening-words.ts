const koreanTime = new Intl.DateTimeFormat('ko', {
  timeZone: 'Asia/Seoul',
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
})

/** The system message that every channel begins with. */
export function openingWords(nickname: string, at: number): string {
  return `${nickname}님이 이 채널을 ${koreanTime.format(at)}에 생성했습니다.`
}
