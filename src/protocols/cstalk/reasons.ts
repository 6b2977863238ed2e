import type { ChatError, ErrorCode } from '../../core/errors.ts'

/** What people at a desk read when something is refused; the sentences of the original where it had one. */
const reasons: Readonly<Record<ErrorCode, string>> = {
  invalid: '잘못된 요청입니다.',
  unauthorized: '인증에 실패하였습니다.',
  forbidden: '권한이 없습니다.',
  not_found: '일치하는 채팅상담이 존재하지 않습니다.',
  conflict: '이미 처리된 요청입니다.',
  too_large: '메시지가 너무 깁니다.',
  rate_limited: '요청이 너무 많습니다. 잠시 후 다시 시도해 주세요.',
  frozen: '일시 중지된 채팅방입니다.',
  banned: '차단된 사용자입니다.',
  unavailable: '지금은 처리할 수 없습니다. 잠시 후 다시 시도해 주세요.',
  internal: '서버 오류가 발생하였습니다.',
}

/** Faults of the request itself keep the details that a developer needs, our own the id that the log has too. */
export function reasonOf({ code, message }: ChatError): string {
  const isDetailed = (code === 'invalid' || code === 'internal') && message !== ''
  return isDetailed ? `${reasons[code]} (${message})` : reasons[code]
}

export const alreadyRead = '이미 읽은메세지 이기에 삭제할 수 없습니다.'
export const alreadyTaken = '이미 배정된 상담입니다.'
export const notInARoom = '입장한 채팅방이 없습니다.'
export const farewell = '상담이 종료되었습니다.'
export const noSuchMessage = '일치하는 메시지가 존재하지 않습니다.'
export const noSuchAddress = '존재하지 않는 주소입니다.'
export const noSuchMember = '일치하는 상담사가 존재하지 않습니다.'
export const noSuchCustomer = '일치하는 고객이 존재하지 않습니다.'
export const noSuchFile = '일치하는 파일이 존재하지 않습니다.'
export const noSuchEntry = '일치하는 정보가 존재하지 않습니다.'
export const loginNameTaken = '이미 사용 중인 로그인 이름입니다.'
export const tooManyEntries = '더 이상 등록할 수 없습니다.'
export const ownLevel = '자신의 권한은 변경할 수 없습니다.'
export const wrongLogin = '로그인 정보가 일치하지 않습니다.'
export const unknownCustomer = '고객 인증에 실패하였습니다.'
export const tooLargeFile = '허용된 크기를 초과하였습니다.'
export const unsupportedBody = '지원하지 않는 요청 형식입니다.'
export const alreadyClosed = '이미 종료된 상담입니다.'

/** The original's sentence. */
export function missingParameters(names: readonly string[]): string {
  return `필수 파라미터(${names.join(', ')})가 누락되었습니다.`
}
