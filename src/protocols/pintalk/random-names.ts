import { randomBytes, randomInt } from 'node:crypto'

/** 22 characters of base64url: 128 random bits. For uuids, room names and access keys. */
export function randomName(): string {
  return randomBytes(16).toString('base64url')
}

/** 64 hex digits. */
export function randomSecret(): string {
  return randomBytes(32).toString('hex')
}

const adjectives = [
  '행복한',
  '용감한',
  '조용한',
  '상냥한',
  '재빠른',
  '느긋한',
  '씩씩한',
  '다정한',
  '엉뚱한',
  '신나는',
  '차분한',
  '반짝이는',
  '호기심많은',
  '수줍은',
  '든든한',
  '친절한',
] as const
const animals = [
  '고양이',
  '강아지',
  '토끼',
  '다람쥐',
  '펭귄',
  '여우',
  '판다',
  '수달',
  '고슴도치',
  '코알라',
  '사슴',
  '돌고래',
  '부엉이',
  '너구리',
  '알파카',
  '거북이',
] as const

/** What a guest is called until it says otherwise: `용감한 수달`. At most 20 characters. */
export function guestName(): string {
  return `${adjectives[randomInt(adjectives.length)]} ${animals[randomInt(animals.length)]}`
}
