/** What everybody says: 42 characters, 104 bytes. */
export const text = '안녕하세요. 지난달 요금이 평소보다 많이 나온 것 같아서 확인 부탁드립니다.'
