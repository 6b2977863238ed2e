import { Type, type TSchema } from 'typebox'
import { Message } from '../schemas.ts'

/** What only the REST shows, as schemas for the documents. */

const count = Type.Integer({ minimum: 0 })
const date = Type.String({ examples: ['2020-12-18 15:38:37'] })
const maybe = (schema: TSchema) => Type.Union([schema, Type.Null()])

export const AutoMessage = Type.Object(
  {
    id: Type.Integer(),
    companyId: Type.String({ examples: ['1'] }),
    type: Type.Integer({ minimum: 0, maximum: 3, description: '0 greeting, 1 and 2 delays, 3 outside hours' }),
    message: Type.String({ examples: ['안녕하세요, 무엇을 도와드릴까요?'] }),
    createDate: date,
    updateDate: date,
    updateMemberId: maybe(Type.Integer()),
  },
  { title: 'AutoMessage' },
)
export const Template = Type.Object(
  {
    id: Type.Integer(),
    companyId: Type.String({ examples: ['1'] }),
    categorySmallId: maybe(Type.Integer()),
    ask: Type.String({ examples: ['요금은 언제 나오나요?'] }),
    reply: Type.String({ examples: ['매월 5일에 발송됩니다.'] }),
    linkUrl: maybe(Type.String()),
    linkText: maybe(Type.String()),
    linkProtocol: maybe(Type.String()),
    imagePath: maybe(Type.String()),
    imageName: maybe(Type.String()),
    memberId: maybe(Type.Integer()),
    memberName: maybe(Type.String({ examples: ['김상담'] })),
    isFavorite: Type.Literal(0),
    keywordList: Type.Array(Type.Unknown(), { maxItems: 0, examples: [[]] }),
    createDate: date,
    updateDate: date,
  },
  { title: 'Template' },
)
export const Review = Type.Object(
  {
    id: Type.Integer(),
    companyId: Type.String({ examples: ['1'] }),
    createDate: date,
    memberId: maybe(Type.Integer()),
    memberName: maybe(Type.String({ examples: ['김상담'] })),
    customerId: maybe(Type.Integer({ examples: [3825] })),
    gasappMemberNumber: maybe(Type.Integer({ examples: [3825] })),
    customerName: maybe(Type.String({ examples: ['이유진'] })),
    reviewScore: Type.Integer({ minimum: 1, maximum: 5, examples: [5] }),
    roomId: Type.Integer({ examples: [147] }),
    chatId: Type.Integer({ examples: [4] }),
  },
  { title: 'Review' },
)
export const Consultation = Type.Object(
  {
    id: Type.Integer({ examples: [3090] }),
    roomId: Type.Integer({ examples: [147] }),
    startMessageId: Type.Integer({ examples: [3090] }),
    endMessageId: Type.Integer({ examples: [3097] }),
    startDate: maybe(date),
    endDate: maybe(date),
    messages: Type.Array(Message),
  },
  { title: 'Consultation' },
)
export const Counters = Type.Object({ readyCount: count, ingCount: count, closeCount: count }, { title: 'Counters' })
export const File = Type.Object(
  {
    id: Type.String({ examples: ['Zk3v0aXw2TqO5mYd8nRb1w'] }),
    originFileName: Type.String({ examples: ['boiler.jpg'] }),
    fileName: Type.String({ examples: ['boiler.jpg'] }),
    fileUrl: Type.String({ examples: ['/files/demo/Zk3v0aXw2TqO5mYd8nRb1w/boiler.jpg'] }),
    thumbFileUrl: maybe(Type.String({ examples: ['/files/demo/Zk3v0aXw2TqO5mYd8nRb1w/thumb_boiler.jpg'] })),
    fileSize: Type.Integer({ minimum: 0, examples: [48_213] }),
    width: maybe(Type.Integer({ examples: [1280] })),
    height: maybe(Type.Integer({ examples: [960] })),
    contentType: Type.String({ examples: ['image/jpeg'] }),
  },
  { title: 'File' },
)
